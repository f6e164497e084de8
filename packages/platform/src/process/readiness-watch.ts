/** Writes a log line when an answer of /readyz changes, so that a bad state shows even if nobody asks. */

import type { Logger } from '../telemetry/logger.ts';
import { runChecks } from './health-server.ts';
import type { Readiness } from './part.ts';

/** What is watched, and who is told. */
export interface ReadinessWatch {
  readonly readiness: () => readonly Readiness[];
  readonly logger: Logger;
}

const lookEveryMs = 5_000;

/** Looks every 5 s until the answered function is called: one line when a check begins to fail, one when it passes again. */
export function watchReadiness({ readiness, logger }: ReadinessWatch): () => void {
  const failing = new Set<string>();
  let looking = false;
  const look = async (): Promise<void> => {
    for (const check of await runChecks(readiness())) {
      if (check.ok === !failing.has(check.name)) continue;
      if (check.ok) {
        failing.delete(check.name);
        logger.info({ check: check.name }, 'well again');
        continue;
      }
      failing.add(check.name);
      const { name, reason, nextStep } = check;
      logger.warn({ check: name, reason, nextStep }, 'not as it should be');
    }
  };
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    void look().finally(() => {
      looking = false;
    });
  }, lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}
