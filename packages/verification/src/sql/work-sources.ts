/** What workersdb says: payment intents, sagas, and what its consumers (and the projector in ordersdb) have set aside. */
import { eventId, position, revision, type StreamName, streamName } from '@eventstream/contracts';
import { fulfilmentName } from '@eventstream/domain';
import type { Sql } from '@eventstream/platform/sql';
import { type StoredAction, toPlanned } from '@eventstream/saga/sql';
import type { IntentEvidence, SagaEvidence, SetAsideEvidence } from '../evidence.ts';
import type { Keyed } from '../sorted-cursor.ts';
import { firstUuid, pageRows, pagesByKey, streamOf } from './pages-by-key.ts';

interface IntentRow {
  readonly order_id: string;
  readonly state: string;
  readonly amount_minor: bigint;
  readonly currency: string;
  readonly payer: string;
  readonly is_settled: boolean;
}

const intentsStatement = {
  name: 'verify-intents',
  text: `select order_id, state, amount_minor, currency, payer, coalesce(settled_at <= $2, false) as is_settled
         from payment_intents where order_id > $1 order by order_id limit ${pageRows}`,
};

/** Payment intents, and whether each was settled at that time. */
export async function* readIntents(sql: Sql, asOf: Date): AsyncGenerator<readonly Keyed<IntentEvidence>[]> {
  const read = (after: string) => sql.query<IntentRow>(intentsStatement, [after, asOf]);
  for await (const rows of pagesByKey(firstUuid, read, (row) => row.order_id)) {
    yield rows.map((row) => ({
      key: streamOf(row.order_id),
      value: {
        state: row.state,
        amountMinor: row.amount_minor,
        currency: row.currency,
        payer: row.payer,
        isSettled: row.is_settled,
      },
    }));
  }
}

interface SagaEvidenceRow extends StoredAction {
  readonly stream: string;
  readonly status: string;
  readonly seen_revision: bigint;
  readonly fault: string | null;
  readonly is_scheduled: boolean;
  readonly is_stuck: boolean;
}

const sagasStatement = {
  name: 'verify-sagas',
  text: `select stream, status, seen_revision, fault, next_action, next_step, due_at,
           try_at is not null as is_scheduled, coalesce(stuck_at <= now(), false) as is_stuck
         from sagas where saga = $1 and stream > $2 order by stream limit ${pageRows}`,
};

/** The rows of the fulfilment saga. */
export async function* readSagas(sql: Sql): AsyncGenerator<readonly Keyed<SagaEvidence>[]> {
  const read = (after: string) => sql.query<SagaEvidenceRow>(sagasStatement, [fulfilmentName, after]);
  for await (const rows of pagesByKey('', read, (row) => row.stream)) {
    yield rows.map((row) => ({
      key: row.stream,
      value: {
        status: row.status,
        revision: revision(row.seen_revision),
        next: toPlanned(row),
        isScheduled: row.is_scheduled,
        hasFault: row.fault !== null,
        isStuck: row.is_stuck,
      },
    }));
  }
}

interface SetAsideRow {
  readonly stream: string;
  readonly consumer: string;
  readonly event_id: string;
  readonly position: bigint;
  readonly kind: SetAsideEvidence['kind'];
}

/** Dead letters and waiting work of all consumers; few enough for the memory, or something is badly wrong. */
export async function readSetAside(
  workersdb: Sql,
  ordersdb: Sql,
): Promise<ReadonlyMap<StreamName, readonly SetAsideEvidence[]>> {
  const letters = `select stream, consumer, event_id, position, case state when 'discarded' then 'discarded' else 'dead letter' end as kind
                   from dead_letters where state <> 'redriven'`;
  const waiting = `select stream, consumer, event_id, position, 'retry' as kind from worker_waiting`;
  const rows = [
    ...(await workersdb.query<SetAsideRow>(`${letters} union all ${waiting}`)),
    ...(await ordersdb.query<SetAsideRow>(letters)),
  ];
  const byStream = new Map<StreamName, SetAsideEvidence[]>();
  for (const row of rows) {
    const stream = streamName(row.stream);
    const entry = {
      consumer: row.consumer,
      eventId: eventId(row.event_id),
      position: position(row.position),
      kind: row.kind,
    };
    const list = byStream.get(stream);
    if (list) list.push(entry);
    else byStream.set(stream, [entry]);
  }
  return byStream;
}
