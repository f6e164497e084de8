/** Time that passes on purpose: between faults, while one lasts, and between what a customer does. Nobody waits for a fact by it alone. */
import { setTimeout as wait } from 'node:timers/promises';

/** Resolves after so many milliseconds, or as soon as it is over. Never rejects. */
export function pause(ms: number, over: AbortSignal): Promise<void> {
  return wait(ms, undefined, { signal: over }).catch(() => {});
}
