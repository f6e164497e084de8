/**
 * The store as a part of the process that is it. A database that answers may still be an empty one: its log must have been
 * made. And one that is read may take nothing: how appends fare is a check of its own.
 */
import type { LogName } from '@eventstream/contracts';
import { type AppendWatch, type EventReader, type EventStore, storePart, UnknownLog } from '@eventstream/event-store';
import type { Part, Ready } from '@eventstream/platform';

/** Closed as for everybody who uses a store. Ready when the log can be asked where it stands. */
export function ownStorePart(store: EventStore & AppendWatch, log: LogName): Part {
  return {
    ...storePart(store, log),
    checks: [
      { name: `log ${log}`, check: () => readyIfMade(store, log) },
      { name: 'appends', optional: true, check: async () => readyIfStored(store, log) },
    ],
  };
}

/** A warning only: reading goes on, and the next append may succeed. */
function readyIfStored(store: AppendWatch, log: LogName): Ready {
  const failing = store.failingAppends(log);
  if (failing === undefined) return { ok: true };
  return {
    ok: false,
    reason: `nothing has been stored since ${new Date(failing.sinceMs).toISOString()}: ${failing.cause}`,
    nextStep:
      'mend it at the database (`npx eventstream bootstrap` brings missing rights back); work resumes by itself',
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
