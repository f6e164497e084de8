/**
 * Reads the four databases for a verification, with a role that may only read. Everything long is read in pages by key,
 * sorted by stream, so that nothing grows with the number of orders.
 */
import {
  eventId,
  nowhere,
  orderId,
  orderStream,
  ordersLog,
  position,
  revision,
  type StreamName,
  streamName,
} from '@eventstream/contracts';
import { fulfilmentName } from '@eventstream/domain';
import type { Sql } from '@eventstream/platform/sql';
import { findLiveGeneration, type OrderRow, orderColumns, toFolded } from '@eventstream/read-model/sql';
import { type StoredAction, toPlanned } from '@eventstream/saga/sql';
import type { IntentEvidence, PaymentEvidence, RowEvidence, SagaEvidence, SetAsideEvidence } from '../evidence.ts';
import { readAhead } from '../read-ahead.ts';
import type { Keyed } from '../sorted-cursor.ts';
import type { VerificationSources } from '../verification-sources.ts';
import { eachStream, readDensity, readEvents, readForbiddenRights, readMissing } from './log-sources.ts';
import { pageRows, pagesByKey } from './pages-by-key.ts';

/** One connection pool per database; each role needs no more than to read. */
export interface VerificationDatabases {
  readonly eventstoredb: Sql;
  readonly ordersdb: Sql;
  readonly workersdb: Sql;
  readonly gatewaydb: Sql;
  /** The role whose rights on events are checked. */
  readonly appendingRole: string;
}

const firstUuid = '00000000-0000-0000-0000-000000000000';
/** The key of rows that are kept by an order's id. */
const streamOf = (id: string): string => orderStream(orderId(id));

/** The sources over SQL. */
export function sqlVerificationSources(databases: VerificationDatabases): VerificationSources {
  const { eventstoredb, ordersdb, workersdb, gatewaydb } = databases;
  return {
    progress: () => readProgress(workersdb, ordersdb),
    density: (log) => readDensity(eventstoredb, log),
    missing: (log, streams) => readMissing(eventstoredb, log, streams),
    forbiddenRights: () => readForbiddenRights(eventstoredb, databases.appendingRole),
    streams: (log, upTo) => eachStream(entriesOf(readAhead(readEvents(eventstoredb, log, upTo)))),
    generation: async () => (await findLiveGeneration(ordersdb))?.generation,
    rows: (generation) => entriesOf(readAhead(readRows(ordersdb, generation))),
    payments: () => entriesOf(readAhead(readPayments(gatewaydb))),
    intents: (asOf) => entriesOf(readAhead(readIntents(workersdb, asOf))),
    sagas: () => entriesOf(readAhead(readSagas(workersdb))),
    setAside: () => readSetAside(workersdb, ordersdb),
  };
}

/** The entries of the pages, one by one. */
async function* entriesOf<Entry>(pages: AsyncIterable<readonly Entry[]>): AsyncGenerator<Entry> {
  for await (const page of pages) yield* page;
}

/** Checkpoints and marks, and the life of the log that each of them speaks of. */
async function readProgress(workersdb: Sql, ordersdb: Sql): ReturnType<VerificationSources['progress']> {
  const asOf = await workersdb.now();
  const live = await findLiveGeneration(ordersdb);
  const [saga] = await workersdb.query<Checkpoint>(
    `select 'the saga coordinator' as who, position, incarnation from saga_checkpoints where saga = $1`,
    [fulfilmentName],
  );
  const marks = await workersdb.query<Checkpoint>(
    'select consumer as who, position, incarnation from worker_marks where log = $1',
    [ordersLog],
  );
  const lives = new Map([...marks, ...(saga ? [saga] : [])].map((each) => [each.who, each.incarnation]));
  if (live?.incarnation !== undefined) lives.set('the read model', live.incarnation);
  return {
    readModel: live?.position ?? nowhere,
    sagas: position(saga?.position ?? 0n),
    marks: new Map(marks.map((mark) => [mark.who, position(mark.position)])),
    lives,
    asOf,
  };
}

interface Checkpoint {
  readonly who: string;
  readonly position: bigint;
  readonly incarnation: string;
}

const rowsStatement = {
  name: 'verify-rows',
  text: `select ${orderColumns} from orders where generation = $1 and orderid > $2 order by orderid limit ${pageRows}`,
};

async function* readRows(sql: Sql, generation: bigint | undefined): AsyncGenerator<readonly Keyed<RowEvidence>[]> {
  if (generation === undefined) return;
  const read = (after: string) => sql.query<OrderRow>(rowsStatement, [generation, after]);
  for await (const rows of pagesByKey(firstUuid, read, (row) => row.orderid)) {
    yield rows.map((row) => ({
      key: streamOf(row.orderid),
      value: { folded: toFolded(row), debitedMinor: row.debited_minor, isStale: row.stale },
    }));
  }
}

interface PaymentRow {
  readonly payment_key: string;
  readonly status: string;
  readonly amount_minor: bigint;
  readonly voided_minor: bigint;
  readonly currency: string;
  readonly debited: bigint;
  readonly returned: bigint;
  readonly total: bigint;
  readonly is_settled: boolean;
}

const paymentsStatement = {
  name: 'verify-payments',
  text: `select k.payment_key, coalesce(p.status, 'unknown') as status, coalesce(p.amount_minor, 0) as amount_minor,
           coalesce(p.voided_minor, 0) as voided_minor, coalesce(p.currency, '') as currency,
           coalesce(p.changed_at <= $2, true) as is_settled,
           coalesce(sum(l.amount_minor) filter (where l.account = 'merchant' and l.movement = 'debit'), 0)::int8 as debited,
           coalesce(-sum(l.amount_minor) filter (where l.account = 'merchant' and l.movement = 'void'), 0)::int8 as returned,
           coalesce(sum(l.amount_minor), 0)::int8 as total
         from (
           (select payment_key from payments where payment_key > $1 order by payment_key limit ${pageRows})
           union
           (select distinct payment_key from ledger_entries where payment_key > $1 order by payment_key limit ${pageRows})
           order by payment_key limit ${pageRows}
         ) k
         left join payments p on p.payment_key = k.payment_key
         left join ledger_entries l on l.payment_key = k.payment_key and l.booked_at <= $2
         group by k.payment_key, p.status, p.amount_minor, p.voided_minor, p.currency, p.changed_at
         order by k.payment_key`,
};

/**
 * Payments, and entries that have none. Money that moved until now: what moves later belongs to orders and intents that this
 * walk may have passed already.
 */
async function* readPayments(sql: Sql): AsyncGenerator<readonly Keyed<PaymentEvidence>[]> {
  const until = await sql.now();
  const read = (after: string) => sql.query<PaymentRow>(paymentsStatement, [after, until]);
  for await (const rows of pagesByKey(firstUuid, read, (row) => row.payment_key)) {
    yield rows.map((row) => ({ key: streamOf(row.payment_key), value: toPayment(row) }));
  }
}

function toPayment(row: PaymentRow): PaymentEvidence {
  return {
    status: row.status,
    amountMinor: row.amount_minor,
    voidedMinor: row.voided_minor,
    currency: row.currency,
    ledgerDebitedMinor: row.debited,
    ledgerVoidedMinor: row.returned,
    ledgerSumMinor: row.total,
    isSettled: row.is_settled,
  };
}

interface IntentRow {
  readonly order_id: string;
  readonly state: string;
  readonly amount_minor: bigint;
  readonly currency: string;
  readonly is_settled: boolean;
}

const intentsStatement = {
  name: 'verify-intents',
  text: `select order_id, state, amount_minor, currency, coalesce(settled_at <= $2, false) as is_settled
         from payment_intents where order_id > $1 order by order_id limit ${pageRows}`,
};

async function* readIntents(sql: Sql, asOf: Date): AsyncGenerator<readonly Keyed<IntentEvidence>[]> {
  const read = (after: string) => sql.query<IntentRow>(intentsStatement, [after, asOf]);
  for await (const rows of pagesByKey(firstUuid, read, (row) => row.order_id)) {
    yield rows.map((row) => ({
      key: streamOf(row.order_id),
      value: {
        state: row.state,
        amountMinor: row.amount_minor,
        currency: row.currency,
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

async function* readSagas(sql: Sql): AsyncGenerator<readonly Keyed<SagaEvidence>[]> {
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
async function readSetAside(
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
