/** How a dead letter's states are shown. */
import type { DeadLetterState } from '../server/answers.ts';
import type { Look } from '../words/states.ts';

export const letterStates = ['open', 'redriveRequested', 'redriven', 'discarded'] as const;

export const letterLooks: Readonly<Record<DeadLetterState, Look>> = {
  open: { word: 'Open', tone: 'bad', shape: 'triangle' },
  redriveRequested: { word: 'Being redriven', tone: 'busy', shape: 'half' },
  redriven: { word: 'Redriven', tone: 'good', shape: 'check' },
  discarded: { word: 'Discarded', tone: 'quiet', shape: 'cross' },
};
