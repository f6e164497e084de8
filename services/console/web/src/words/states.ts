/** A word, a tone and a shape for every state: whoever sees no colours reads the other two. */
import type { BoxState, CancelReason, OrderStatus, SagaStatus, SagaStep } from '../server/answers.ts';

export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'quiet';
export type Shape =
  | 'dot'
  | 'ring'
  | 'half'
  | 'check'
  | 'cross'
  | 'pause'
  | 'square'
  | 'triangle'
  | 'diamond'
  | 'dash'
  | 'back';

/** How a state is shown. */
export interface Look {
  readonly word: string;
  readonly tone: Tone;
  readonly shape: Shape;
}

const look = (word: string, tone: Tone, shape: Shape): Look => ({ word, tone, shape });

export const boxLooks: Readonly<Record<BoxState, Look>> = {
  ready: look('Ready', 'good', 'dot'),
  degraded: look('Degraded', 'warn', 'half'),
  starting: look('Starting', 'busy', 'ring'),
  paused: look('Paused', 'warn', 'pause'),
  halted: look('Halted', 'bad', 'square'),
  notReady: look('Not ready', 'bad', 'triangle'),
  unreachable: look('Unreachable', 'bad', 'cross'),
  stopped: look('Stopped', 'bad', 'cross'),
  leftOut: look('Left out', 'quiet', 'dash'),
  elsewhere: look('Elsewhere', 'quiet', 'ring'),
};

/** A consumer's, whose process is in this state: it does no better than that one. Undefined: nobody knows the process. */
export function consumerLook(
  { isHalted, isPaused }: { readonly isHalted: boolean; readonly isPaused: boolean },
  process: BoxState | undefined,
): Look {
  if (isHalted) return boxLooks.halted;
  if (isPaused) return boxLooks.paused;
  const works = process === undefined || process === 'ready' || process === 'degraded';
  return works ? look('Works', 'good', 'dot') : boxLooks[process];
}

export const orderLooks: Readonly<Record<OrderStatus, Look>> = {
  Pending: look('Pending', 'busy', 'ring'),
  PaymentDebited: look('Payment debited', 'busy', 'half'),
  InReview: look('In review', 'warn', 'diamond'),
  Approved: look('Approved', 'good', 'check'),
  Cancelling: look('Cancelling', 'warn', 'back'),
  Cancelled: look('Cancelled', 'quiet', 'cross'),
};

export const sagaLooks: Readonly<Record<SagaStatus, Look>> = {
  running: look('Running', 'busy', 'half'),
  done: look('Done', 'good', 'check'),
  undoing: look('Undoing', 'warn', 'back'),
  undone: look('Undone', 'quiet', 'cross'),
  unreadable: look('Unreadable', 'bad', 'triangle'),
};

export const stepLooks: Readonly<Record<SagaStep['kind'], Look>> = {
  pending: look('To come', 'quiet', 'ring'),
  running: look('Running', 'busy', 'half'),
  done: look('Done', 'good', 'check'),
  failed: look('Failed', 'bad', 'cross'),
  toUndo: look('To be undone', 'warn', 'back'),
  undoAsked: look('Being undone', 'warn', 'back'),
  undone: look('Undone', 'quiet', 'back'),
  skipped: look('Never begun', 'quiet', 'dash'),
  kept: look('Stays as it is', 'quiet', 'dot'),
  unknown: look('Unknown', 'warn', 'diamond'),
};

export const reasonWords: Readonly<Record<CancelReason, string>> = {
  payment_declined: 'payment declined',
  payment_timeout: 'payment too late',
  review_rejected: 'review rejected it',
  review_timeout: 'review too late',
  customer: 'the customer cancelled',
  operator: 'an operator cancelled',
};
