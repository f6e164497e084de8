/** How a test waits for a fact that nobody announces. No test waits for time. */
import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';

/** For a fact that a process brings about which has to start, or to notice that another one is gone. */
export const aProcessMayTake = { withinMs: 30_000 };

/** Asks again every 20 ms until the answer satisfies, and answers it; rejects after 15 s. Or as often, and as late, as told. */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  satisfies: (answer: T) => boolean,
  { withinMs = 15_000, everyMs = 20 }: { readonly withinMs?: number; readonly everyMs?: number } = {},
): Promise<T> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (satisfies(answer)) return answer;
    if (performance.now() > deadlineMs) throw new Error(`still ${inspect(answer)} after ${withinMs / 1_000} s`);
    await pause(everyMs);
  }
}
