/** The store as a part of the process that is it. A database that answers may still be an empty one: its log must have been made. */
import type { LogName } from '@eventstream/contracts';
import { type EventReader, type EventStore, storePart, UnknownLog } from '@eventstream/event-store';
import type { Part, Ready } from '@eventstream/platform';

/** Closed as for everybody who uses a store. Ready when the log can be asked where it stands. */
export function ownStorePart(store: EventStore, log: LogName): Part {
  return { ...storePart(store, log), checks: [{ name: `log ${log}`, check: () => readyIfMade(store, log) }] };
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
