/** Who did what, when and why: written before anything is done, so that nothing is done that nobody can find again. */
import { newId } from '@eventstream/platform';
import { isProblem, kitProblems, Problem } from '@eventstream/service-kit';
import type { AuditPage } from './api/actions.ts';

/** Something that an operator asked for. */
export interface Action {
  readonly by: string;
  /** A stable word: `place`, `cancel`, `review`, `redrive`, … */
  readonly action: string;
  /** What it is about: an order, a dead letter, a group; empty when it is about none. */
  readonly subject: string;
  readonly why: string;
}

/** What came of it. */
export interface Ending {
  readonly outcome: 'done' | 'refused' | 'failed';
  readonly says: string;
}

/** Which actions are wanted; newest first. */
export interface AuditFilter {
  readonly subject?: string | undefined;
  readonly cursor?: string | undefined;
  /** 1 to 100. */
  readonly limit: number;
}

/** Where actions are kept. Rows are added, never changed. */
export interface AuditTrail {
  asked(id: string, action: Action): Promise<void>;
  ended(id: string, action: Action, ending: Ending): Promise<void>;
  list(filter: AuditFilter): Promise<AuditPage>;
}

/** Does the work between two rows. Without the first row nothing is done; the second may be lost, which then shows. */
export async function audited<Answer>(
  trail: AuditTrail,
  action: Action,
  work: { readonly run: () => Promise<Answer | Problem>; readonly says: (answer: Answer) => string },
): Promise<Answer | Problem> {
  const id = newId();
  try {
    await trail.asked(id, action);
  } catch (cause) {
    return new Problem(
      kitProblems.dependencyUnavailable,
      'nothing was done, because who asks for it cannot be written down now',
      {
        cause,
        retryAfterSeconds: 2,
      },
    );
  }
  let ending: Ending = { outcome: 'failed', says: 'it failed, and what of it was done is not known' };
  try {
    const answer = await work.run();
    ending = isProblem(answer)
      ? { outcome: 'refused', says: answer.detail }
      : { outcome: 'done', says: work.says(answer) };
    return answer;
  } finally {
    await trail.ended(id, action, ending).catch(() => {});
  }
}
