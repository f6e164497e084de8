/** Whether the log has been made: a database that answers may still be an empty one. */
import type { LogName } from '@eventstream/contracts';
import { type EventReader, UnknownLog } from '@eventstream/event-store';
import type { Readiness } from '@eventstream/platform';

/** Ready when the log can be asked where it stands. */
export function logReadiness(store: EventReader, log: LogName): Readiness {
  return {
    name: `log ${log}`,
    async check() {
      try {
        await store.head(log);
        return { ok: true };
      } catch (error) {
        if (!(error instanceof UnknownLog)) throw error;
        return { ok: false, reason: `there is no log ${log}`, nextStep: 'run `npx eventstream bootstrap`' };
      }
    },
  };
}
