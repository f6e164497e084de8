/** Repeats what the database has undone for reasons that pass, for a limited time. */
import { setTimeout as wait } from 'node:timers/promises';
import { backoffMs } from '../backoff.ts';
import type { faultOf } from './faults.ts';

const maxTries = 10;
const maxRetryMs = 5_000;
const retryBackoff = { firstMs: 20, maxMs: 500, jitter: 'full' } as const;

/** How one try ended. */
export type Attempt<T> =
  | { readonly done: true; readonly value: T }
  | { readonly done: false; readonly fault: ReturnType<typeof faultOf>; readonly error: unknown };

/** Makes attempts until one is done, or fails with what does not pass, or it takes too long. */
export async function repeated<T>(attempt: () => Promise<Attempt<T>>, mayBeDoneTwice: boolean): Promise<T> {
  const giveUpAt = performance.now() + maxRetryMs;
  for (let count = 1; ; count += 1) {
    const outcome = await attempt();
    if (outcome.done) return outcome.value;
    const repeatable = outcome.fault === 'retry' || (outcome.fault === 'ambiguous' && mayBeDoneTwice);
    const pauseMs = backoffMs(retryBackoff, count);
    if (!repeatable || count >= maxTries || performance.now() + pauseMs > giveUpAt) throw outcome.error;
    await wait(pauseMs);
  }
}
