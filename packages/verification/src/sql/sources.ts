/**
 * Reads the four databases for a verification, with a role that may only read. Everything long is read in pages by key,
 * sorted by stream, so that nothing grows with the number of orders.
 */
import {
  eventId,
  incarnation,
  type LogName,
  nowhere,
  ordersLog,
  type Position,
  position,
  type RecordedEvent,
  revision,
  type StreamName,
  streamName,
} from '@eventstream/contracts';
import { type EventRow, eventColumns, eventOfRow } from '@eventstream/event-store/sql';
import type { Sql } from '@eventstream/platform/sql';
import { findLiveGeneration, type OrderRow, orderColumns, selectItemsOf, toFolded } from '@eventstream/read-model/sql';
import { type StoredAction, toPlanned } from '@eventstream/saga/sql';
import type { IntentEvidence, PaymentEvidence, RowEvidence, SagaEvidence, SetAsideEvidence } from '../evidence.ts';
import { readAhead } from '../read-ahead.ts';
import type { Keyed } from '../sorted-cursor.ts';
import type { VerificationSources } from '../verify.ts';

/** One connection pool per database; each role needs no more than to read. */
export interface VerificationDatabases {
  readonly eventstoredb: Sql;
  readonly ordersdb: Sql;
  readonly workersdb: Sql;
  readonly gatewaydb: Sql;
  /** The role whose rights on events are checked. */
  readonly appendingRole: string;
}

/** Counting a whole log takes its time. */
const slowMs = 600_000;
const pageRows = 1_000;
const firstUuid = '00000000-0000-0000-0000-000000000000';
const streamOf = (orderId: string): string => `order-${orderId}`;

/** The sources over SQL. */
export function sqlVerificationSources(databases: VerificationDatabases): VerificationSources {
  const { eventstoredb, ordersdb, workersdb, gatewaydb } = databases;
  return {
    progress: () => readProgress(workersdb, ordersdb),
    density: (log) => readDensity(eventstoredb, log),
    missing: (log, streams) => readMissing(eventstoredb, log, streams),
    forbiddenRights: () => readForbiddenRights(eventstoredb, databases.appendingRole),
    streams: (log, upTo) => byStream(entriesOf(readAhead(readEvents(eventstoredb, log, upTo)))),
    rows: () => entriesOf(readAhead(readRows(ordersdb))),
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
    `select 'the saga coordinator' as who, position, incarnation from saga_checkpoints where saga = 'fulfilment'`,
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

async function readDensity(sql: Sql, log: LogName): ReturnType<VerificationSources['density']> {
  // One statement, one snapshot: the head and what is counted belong together.
  const rows = await sql.transaction((tx) =>
    tx.query<{ head: bigint; incarnation: string; count: bigint; first: bigint; last: bigint }>(
      {
        text: `select h.position as head, h.incarnation, e.count, e.first, e.last
               from log_heads h, (select count(*) as count, coalesce(min(position), 0) as first, coalesce(max(position), 0) as last
                 from events where log = $1) e
               where h.log = $1`,
        timeoutMs: slowMs,
      },
      [log],
    ),
  );
  const row = rows[0];
  if (!row) throw new Error(`there is no log ${log}`);
  const isDense = row.count === row.head && row.last === row.head;
  return {
    head: position(row.head),
    incarnation: incarnation(row.incarnation),
    count: Number(row.count),
    first: position(row.first),
    last: position(row.last),
    ...(isDense ? {} : { firstMissing: await readFirstMissing(sql, log) }),
    repeatedId: await readRepeatedId(sql, log),
  };
}

/** Where the positions stop being 1, 2, 3 … for the first time. */
async function readFirstMissing(sql: Sql, log: LogName): Promise<Position> {
  const rows = await sql.query<{ missing: bigint }>(
    `select min(position) as missing from (
       select 1 as position where not exists (select 1 from events where log = $1 and position = 1)
       union all
       select e.position + 1 from events e where e.log = $1
         and not exists (select 1 from events n where n.log = $1 and n.position = e.position + 1)) as ends`,
    [log],
  );
  return position(rows[0]?.missing ?? 1n);
}

/** An id that two events have; the unique key forbids it, as long as it is there. */
async function readRepeatedId(sql: Sql, log: LogName): Promise<string | undefined> {
  const rows = await sql.transaction((tx) =>
    tx.query<{ event_id: string }>(
      {
        text: 'select event_id from events where log = $1 group by event_id having count(*) > 1 limit 1',
        timeoutMs: slowMs,
      },
      [log],
    ),
  );
  return rows[0]?.event_id;
}

async function readForbiddenRights(sql: Sql, role: string): ReturnType<VerificationSources['forbiddenRights']> {
  const known = await sql.query('select 1 from pg_roles where rolname = $1', [role]);
  if (known.length === 0) return undefined;
  const found: string[] = [];
  for (const right of ['update', 'delete', 'truncate']) {
    const rows = await sql.query<{ allowed: boolean }>('select has_table_privilege($1, $2, $3) as allowed', [
      role,
      'events',
      right,
    ]);
    if (rows[0]?.allowed) found.push(`role ${role} may ${right} events`);
  }
  const rows = await sql.query<{ allowed: boolean }>(
    `select has_any_column_privilege($1, 'events', 'update') as allowed`,
    [role],
  );
  if (rows[0]?.allowed && found.length === 0) found.push(`role ${role} may update a column of events`);
  return found;
}

async function readMissing(sql: Sql, log: LogName, streams: readonly StreamName[]): Promise<readonly StreamName[]> {
  const rows = await sql.query<{ stream: string }>(
    `select wanted.stream from unnest($2::text[]) as wanted (stream)
     where not exists (select 1 from events where log = $1 and events.stream = wanted.stream)`,
    [log, streams],
  );
  return rows.map((row) => streamName(row.stream));
}

async function* readEvents(sql: Sql, log: LogName, upTo: Position): AsyncGenerator<readonly RecordedEvent[]> {
  let after = { stream: '', revision: 0n };
  for (;;) {
    const rows = await sql.query<EventRow>(
      {
        name: 'verify-streams',
        text: `select ${eventColumns} from events where log = $1 and (stream, revision) > ($2, $3) and position <= $4
               order by stream, revision limit ${pageRows}`,
      },
      [log, after.stream, after.revision, upTo],
    );
    const last = rows.at(-1);
    if (!last) return;
    yield rows.map(eventOfRow);
    after = { stream: last.stream, revision: last.revision };
    if (rows.length < pageRows) return;
  }
}

/** Events that lie together by stream, each stream as one. */
async function* byStream(events: AsyncIterable<RecordedEvent>): AsyncGenerator<Keyed<readonly RecordedEvent[]>> {
  let open: RecordedEvent[] = [];
  for await (const event of events) {
    const previous = open[0];
    if (previous && previous.stream !== event.stream) {
      yield { key: previous.stream, value: open };
      open = [];
    }
    open.push(event);
  }
  const last = open[0];
  if (last) yield { key: last.stream, value: open };
}

async function* readRows(sql: Sql): AsyncGenerator<readonly Keyed<RowEvidence>[]> {
  const live = await findLiveGeneration(sql);
  if (!live) return;
  const { generation } = live;
  let after = firstUuid;
  for (;;) {
    const rows = await sql.query<OrderRow>(
      {
        name: 'verify-rows',
        text: `select ${orderColumns} from orders where generation = $1 and orderid > $2 order by orderid limit ${pageRows}`,
      },
      [generation, after],
    );
    const items = await selectItemsOf(
      sql,
      generation,
      rows.map((row) => row.orderid),
    );
    yield rows.map((row) => ({
      key: streamOf(row.orderid),
      value: { folded: toFolded(row, items.get(row.orderid) ?? []), isStale: row.stale },
    }));
    after = rows.at(-1)?.orderid ?? after;
    if (rows.length < pageRows) return;
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

/**
 * Payments, and entries that have none. Money that moved until now: what moves later belongs to orders and intents that this
 * walk may have passed already.
 */
async function* readPayments(sql: Sql): AsyncGenerator<readonly Keyed<PaymentEvidence>[]> {
  const until = await sql.now();
  let after = firstUuid;
  for (;;) {
    const rows = await sql.query<PaymentRow>(
      {
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
      },
      [after, until],
    );
    yield rows.map((row) => ({ key: streamOf(row.payment_key), value: toPayment(row) }));
    after = rows.at(-1)?.payment_key ?? after;
    if (rows.length < pageRows) return;
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

async function* readIntents(sql: Sql, asOf: Date): AsyncGenerator<readonly Keyed<IntentEvidence>[]> {
  let after = firstUuid;
  for (;;) {
    const rows = await sql.query<IntentRow>(
      {
        name: 'verify-intents',
        text: `select order_id, state, amount_minor, currency, coalesce(settled_at <= $2, false) as is_settled
               from payment_intents where order_id > $1 order by order_id limit ${pageRows}`,
      },
      [after, asOf],
    );
    yield rows.map((row) => ({
      key: streamOf(row.order_id),
      value: {
        state: row.state,
        amountMinor: row.amount_minor,
        currency: row.currency,
        isSettled: row.is_settled,
      },
    }));
    after = rows.at(-1)?.order_id ?? after;
    if (rows.length < pageRows) return;
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

async function* readSagas(sql: Sql): AsyncGenerator<readonly Keyed<SagaEvidence>[]> {
  let after = '';
  for (;;) {
    const rows = await sql.query<SagaEvidenceRow>(
      {
        name: 'verify-sagas',
        text: `select stream, status, seen_revision, fault, next_action, next_step, due_at,
                 try_at is not null as is_scheduled, coalesce(stuck_at <= now(), false) as is_stuck
               from sagas where saga = 'fulfilment' and stream > $1 order by stream limit ${pageRows}`,
      },
      [after],
    );
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
    after = rows.at(-1)?.stream ?? after;
    if (rows.length < pageRows) return;
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
