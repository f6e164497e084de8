/** The event store as a part of a process that uses it: closed with it, and asked whether it answers. */
import type { LogName } from '@eventstream/contracts';
import { messageOf, type Part, type Readiness } from '@eventstream/platform';
import type { EventStore } from './port.ts';

/** Closes the store when the process stops. */
export function storePart(store: EventStore): Part {
  return { name: 'event store', start: async () => {}, stop: () => store.close() };
}

/** Ready when the store answers where the log stands. */
export function storeReadiness(store: EventStore, log: LogName): Readiness {
  return {
    name: 'event store',
    async check() {
      try {
        await store.head(log);
        return { ok: true };
      } catch (error) {
        return { ok: false, reason: messageOf(error), nextStep: 'start eventstoresvc; work resumes by itself' };
      }
    },
  };
}
