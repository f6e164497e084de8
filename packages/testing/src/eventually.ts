/** How a test waits for a fact that nobody announces. No test waits for time. */
import { inspect } from 'node:util';

const factMsMax = 30_000;

/** Asks again every 20 ms until the answer satisfies, and answers it; rejects after 30 s. */
export async function eventually<T>(ask: () => T | Promise<T>, satisfies: (answer: T) => boolean): Promise<T> {
  const deadlineMs = performance.now() + factMsMax;
  for (;;) {
    const answer = await ask();
    if (satisfies(answer)) return answer;
    if (performance.now() > deadlineMs) throw new Error(`still ${inspect(answer)} after ${factMsMax / 1_000} s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
