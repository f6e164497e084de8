/** The store as a part of the process that is it. A database that answers may still be an empty one: its log must have been made. */
import type { LogName } from '@eventstream/contracts';
import { type EventReader, type EventStore, UnknownLog } from '@eventstream/event-store';
import type { Part, Ready } from '@eventstream/platform';

/** Closes the store when the process stops. Ready when the log can be asked where it stands. */
export function ownStorePart(store: EventStore, log: LogName): Part {
  return {
    name: 'event store',
    checks: [{ name: `log ${log}`, check: () => readyIfMade(store, log) }],
    start: async () => {},
    stop: () => store.close(),
  };
}

async function readyIfMade(store: EventReader, log: LogName): Promise<Ready> {
  try {
    await store.head(log);
    return { ok: true };
  } catch (error) {
    if (!(error instanceof UnknownLog)) throw error;
    return { ok: false, reason: `there is no log ${log}`, nextStep: 'run `npx eventstream bootstrap`' };
  }
}
