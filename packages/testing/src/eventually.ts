/** How a test waits for a fact that nobody announces. No test waits for time. */
import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';

const askEveryMs = 20;

/** Asks again every 20 ms until the answer satisfies, and answers it; rejects after 15 s, or when it was told to. */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  satisfies: (answer: T) => boolean,
  { withinMs = 15_000 }: { readonly withinMs?: number } = {},
): Promise<T> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (satisfies(answer)) return answer;
    if (performance.now() > deadlineMs) throw new Error(`still ${inspect(answer)} after ${withinMs / 1_000} s`);
    await pause(askEveryMs);
  }
}
