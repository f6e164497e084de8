/**
 * Reads the four databases for a verification, with a role that may only read. Everything long is read in pages by key,
 * sorted by stream, so that nothing grows with the number of orders.
 */
import {
  incarnation,
  type LogName,
  nowhere,
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
import type { IntentEvidence, PaymentEvidence, RowEvidence, SagaEvidence, SetAsideEvidence } from '../evidence.ts';
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

const pageRows = 2_000;
const firstUuid = '00000000-0000-0000-0000-000000000000';
const streamOf = (orderId: string): string => `order-${orderId}`;

/** The sources over SQL. */
export function sqlVerificationSources(databases: VerificationDatabases): VerificationSources {
  const { eventstoredb, ordersdb, workersdb, gatewaydb } = databases;
  return {
    progress: async () => ({
      readModel: (await findLiveGeneration(ordersdb))?.position ?? nowhere,
      sagas: await readSagaCheckpoint(workersdb),
      marks: await readMarks(workersdb),
    }),
    density: (log) => readDensity(eventstoredb, log),
    missing: (log, streams) => readMissing(eventstoredb, log, streams),
    forbiddenRights: () => readForbiddenRights(eventstoredb, databases.appendingRole),
    streams: (log, upTo) => readStreams(eventstoredb, log, upTo),
    rows: () => readRows(ordersdb),
    payments: () => readPayments(gatewaydb),
    intents: () => readIntents(workersdb),
    sagas: () => readSagas(workersdb),
    setAside: () => readSetAside(workersdb, ordersdb),
  };
}

async function readSagaCheckpoint(sql: Sql): Promise<Position> {
  const rows = await sql.query<{ position: bigint }>(`select position from saga_checkpoints where saga = 'fulfilment'`);
  return position(rows[0]?.position ?? 0n);
}

async function readMarks(sql: Sql): Promise<ReadonlyMap<string, Position>> {
  const rows = await sql.query<{ consumer: string; position: bigint }>('select consumer, position from worker_marks');
  return new Map(rows.map((row) => [row.consumer, position(row.position)]));
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
        timeoutMs: 600_000,
      },
      [log],
    ),
  );
  const row = rows[0];
  if (!row) throw new Error(`there is no log ${log}`);
  return {
    head: position(row.head),
    incarnation: incarnation(row.incarnation),
    count: Number(row.count),
    first: position(row.first),
    last: position(row.last),
  };
}

async function readForbiddenRights(sql: Sql, role: string): Promise<readonly string[]> {
  const known = await sql.query('select 1 from pg_roles where rolname = $1', [role]);
  if (known.length === 0) return [];
  const found: string[] = [];
  for (const right of ['update', 'delete']) {
    const rows = await sql.query<{ allowed: boolean }>('select has_table_privilege($1, $2, $3) as allowed', [
      role,
      'events',
      right,
    ]);
    if (rows[0]?.allowed) found.push(`role ${role} may ${right} events`);
  }
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

async function* readStreams(sql: Sql, log: LogName, upTo: Position): AsyncGenerator<Keyed<readonly RecordedEvent[]>> {
  let after = { stream: '', revision: 0n };
  let open: RecordedEvent[] = [];
  for (;;) {
    const rows = await sql.query<EventRow>(
      {
        name: 'verify-streams',
        text: `select ${eventColumns} from events where log = $1 and (stream, revision) > ($2, $3) and position <= $4
               order by stream, revision limit ${pageRows}`,
      },
      [log, after.stream, after.revision, upTo],
    );
    for (const row of rows) {
      const previous = open[0];
      if (previous && previous.stream !== row.stream) {
        yield { key: previous.stream, value: open };
        open = [];
      }
      open.push(eventOfRow(row));
      after = { stream: row.stream, revision: row.revision };
    }
    if (rows.length < pageRows) break;
  }
  const last = open[0];
  if (last) yield { key: last.stream, value: open };
}

async function* readRows(sql: Sql): AsyncGenerator<Keyed<RowEvidence>> {
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
    for (const row of rows)
      yield {
        key: streamOf(row.orderid),
        value: { folded: toFolded(row, items.get(row.orderid) ?? []), isStale: row.stale },
      };
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
}

/**
 * Payments, and entries that have none. Money that moved until now: what moves later belongs to orders and intents that this
 * walk may have passed already.
 */
async function* readPayments(sql: Sql): AsyncGenerator<Keyed<PaymentEvidence>> {
  const until = await sql.now();
  let after = firstUuid;
  for (;;) {
    const rows = await sql.query<PaymentRow>(
      {
        name: 'verify-payments',
        text: `select k.payment_key, coalesce(p.status, 'unknown') as status, coalesce(p.amount_minor, 0) as amount_minor,
                 coalesce(p.voided_minor, 0) as voided_minor, coalesce(p.currency, '') as currency,
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
               group by k.payment_key, p.status, p.amount_minor, p.voided_minor, p.currency
               order by k.payment_key`,
      },
      [after, until],
    );
    for (const row of rows) yield { key: streamOf(row.payment_key), value: toPayment(row) };
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
  };
}

async function* readIntents(sql: Sql): AsyncGenerator<Keyed<IntentEvidence>> {
  let after = firstUuid;
  for (;;) {
    const rows = await sql.query<{ order_id: string; state: string }>(
      {
        name: 'verify-intents',
        text: `select order_id, state from payment_intents where order_id > $1 order by order_id limit ${pageRows}`,
      },
      [after],
    );
    for (const row of rows) yield { key: streamOf(row.order_id), value: { state: row.state } };
    after = rows.at(-1)?.order_id ?? after;
    if (rows.length < pageRows) return;
  }
}

interface SagaEvidenceRow {
  readonly stream: string;
  readonly status: string;
  readonly seen_revision: bigint;
  readonly has_next: boolean;
  readonly is_stuck: boolean;
}

async function* readSagas(sql: Sql): AsyncGenerator<Keyed<SagaEvidence>> {
  let after = '';
  for (;;) {
    const rows = await sql.query<SagaEvidenceRow>(
      {
        name: 'verify-sagas',
        text: `select stream, status, seen_revision, next_action is not null as has_next,
                 coalesce(stuck_at <= now(), false) as is_stuck
               from sagas where saga = 'fulfilment' and stream > $1 order by stream limit ${pageRows}`,
      },
      [after],
    );
    for (const row of rows)
      yield {
        key: row.stream,
        value: {
          status: row.status,
          revision: revision(row.seen_revision),
          hasNext: row.has_next,
          isStuck: row.is_stuck,
        },
      };
    after = rows.at(-1)?.stream ?? after;
    if (rows.length < pageRows) return;
  }
}

interface SetAsideRow {
  readonly stream: string;
  readonly consumer: string;
  readonly position: bigint;
  readonly kind: SetAsideEvidence['kind'];
}

/** Dead letters and waiting work of all consumers; few enough for the memory, or something is badly wrong. */
async function readSetAside(
  workersdb: Sql,
  ordersdb: Sql,
): Promise<ReadonlyMap<StreamName, readonly SetAsideEvidence[]>> {
  const letters = `select stream, consumer, position, case state when 'discarded' then 'discarded' else 'dead letter' end as kind
                   from dead_letters where state <> 'redriven'`;
  const waiting = `select stream, consumer, position, 'retry' as kind from worker_waiting`;
  const rows = [
    ...(await workersdb.query<SetAsideRow>(`${letters} union all ${waiting}`)),
    ...(await ordersdb.query<SetAsideRow>(letters)),
  ];
  const byStream = new Map<StreamName, SetAsideEvidence[]>();
  for (const row of rows) {
    const stream = streamName(row.stream);
    const entry = { consumer: row.consumer, position: position(row.position), kind: row.kind };
    const list = byStream.get(stream);
    if (list) list.push(entry);
    else byStream.set(stream, [entry]);
  }
  return byStream;
}
