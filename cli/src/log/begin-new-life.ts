/**
 * Everything that has to change when a log begins another life: the store's head, the broker's copy, and what each
 * reader remembers. In an order in which a crash leaves readers halted and never wrong; giving the command again
 * finishes it.
 */
import { type LogHead, type LogName, nowhere, type Position } from '@eventstream/contracts';
import { changeIncarnation, type SqlEventStore, sqlEventStore } from '@eventstream/event-store/sql';
import type { LogCopyAdmin } from '@eventstream/messaging';
import { beginNewIncarnation } from '@eventstream/messaging/relay';
import type { Sql } from '@eventstream/platform/sql';
import { rebuildReadModel } from '@eventstream/read-model/sql';
import { forgetSagas } from '@eventstream/saga/sql';
import { eachLetter, unresolvedStates } from '@eventstream/worker';
import { resetMarks, sqlDeadLetterDesk } from '@eventstream/worker/sql';
import { quietLogger } from '../connect/open.ts';

/** What takes part. */
export interface NewLife {
  readonly log: LogName;
  /** Name of the saga definition whose rows follow the log. */
  readonly saga: string;
  /** Each as the operator. */
  readonly eventstoredb: Sql;
  readonly ordersdb: Sql;
  readonly workersdb: Sql;
  readonly copy: LogCopyAdmin;
  /** Told before each step. */
  readonly onStep: (what: string) => void;
  readonly onRebuilt: (done: Position, of: Position) => void;
}

/** Answers where the log stands in its new life. */
export async function beginNewLife(o: NewLife): Promise<LogHead> {
  o.onStep('the log gets a new incarnation, the broker an empty copy; the relay fills it');
  const store = { changeIncarnation: (log: LogName) => changeIncarnation(o.eventstoredb, log) };
  const head = await beginNewIncarnation({ log: o.log, store, copy: o.copy });

  const reader = sqlEventStore({ sql: o.eventstoredb, registry: { types: new Map() }, logger: quietLogger });
  try {
    await followNewLife(o, { head, reader });
  } finally {
    await reader.close();
  }
  return head;
}

/** What every reader remembers is made to fit the new life. */
async function followNewLife(
  o: NewLife,
  { head, reader }: { readonly head: LogHead; readonly reader: SqlEventStore },
): Promise<void> {
  o.onStep('dead letters of events that the log does not have are discarded');
  for (const sql of [o.workersdb, o.ordersdb]) await discardLost({ sql, log: o.log, reader });

  o.onStep('sagas are folded anew from the log');
  await o.workersdb.transaction(async (tx) => forgetSagas(tx, o.saga), { onUnknownCommit: 'retry' });

  o.onStep('consumers look at every event again; what is done already stays done once');
  await o.workersdb.transaction(
    async (tx) => {
      // Work that waits would be looked for under events that may be gone; from position 1 on all of it is found again.
      await tx.execute('delete from worker_waiting where log = $1', [o.log]);
      await resetMarks(tx, o.log, { position: nowhere, incarnation: head.incarnation });
    },
    { onUnknownCommit: 'retry' },
  );

  o.onStep('the read model is rebuilt from the log');
  await rebuildReadModel({ sql: o.ordersdb, store: reader, log: o.log, onProgress: o.onRebuilt });
}

/** A dead letter of an event that is gone can never be redriven, and would hold up its stream for ever. */
async function discardLost(o: {
  readonly sql: Sql;
  readonly log: LogName;
  readonly reader: SqlEventStore;
}): Promise<void> {
  const desk = sqlDeadLetterDesk(o.sql);
  for (const state of unresolvedStates) {
    for await (const letter of eachLetter(desk, { state })) {
      if (letter.log !== o.log || (await o.reader.findEvent(o.log, letter.eventId)) !== undefined) continue;
      await desk.discard(letter.id, { by: 'log new-incarnation', why: 'its event is not in the log any more' });
    }
  }
}
