/** Orders that wait for a person: deadlines from the sagas in workersdb, the orders themselves from ordersdb. */
import type { Sql } from '@eventstream/platform/sql';
import { findLiveGeneration } from '@eventstream/read-model/sql';
import type { WaitingReview, WaitingReviews } from '../orders/review-queue.ts';
import { decodePlace, encodePlace } from './list-place.ts';

interface Deadline {
  readonly stream: string;
  readonly due_at: Date;
  readonly micros: string;
}

interface Row {
  readonly orderid: string;
  readonly customerid: string;
  readonly amount_minor: bigint;
  readonly currency: string;
}

/** An order that is reviewed by the policy has the same step for a moment, so a round may find fewer than it looked at. */
const roundsMax = 5;
const streamPrefix = 'order-';

/** Reads one page. */
export async function waitingReviews(
  { workersdb, ordersdb }: { readonly workersdb: Sql; readonly ordersdb: Sql },
  saga: string,
  page: { readonly limit: number; readonly cursor: string | undefined },
): Promise<WaitingReviews> {
  const live = await findLiveGeneration(ordersdb);
  if (live === undefined) return { reviews: [], nextCursor: null, waiting: 0 };
  const reviews: WaitingReview[] = [];
  let cursor = page.cursor;
  for (let round = 0; round < roundsMax; round += 1) {
    const wanted = page.limit - reviews.length;
    const deadlines = await readDeadlines(workersdb, saga, { limit: wanted + 1, cursor });
    const looked = deadlines.slice(0, wanted);
    reviews.push(...(await readWaitingOrders(ordersdb, live.generation, looked)));
    const last = looked.at(-1);
    cursor =
      deadlines.length > looked.length && last ? encodePlace({ micros: last.micros, id: idOf(last) }) : undefined;
    if (cursor === undefined || reviews.length >= page.limit) break;
  }
  const [count] = await ordersdb.query<{ waiting: bigint }>(
    `select count(*) as waiting from orders where generation = $1 and status = 'InReview'`,
    [live.generation],
  );
  return { reviews, nextCursor: cursor ?? null, waiting: Number(count?.waiting ?? 0n) };
}

async function readDeadlines(
  sql: Sql,
  saga: string,
  { limit, cursor }: { readonly limit: number; readonly cursor: string | undefined },
): Promise<readonly Deadline[]> {
  const place = cursor === undefined ? undefined : decodePlace(cursor);
  const values: unknown[] = [saga, limit];
  const after = place ? 'and (due_at, stream) > (to_timestamp($3::float8 / 1000000.0), $4)' : '';
  if (place) values.push(place.micros, streamPrefix + place.id);
  return sql.query<Deadline>(
    `select stream, due_at, (extract(epoch from due_at) * 1000000)::int8::text as micros from sagas
     where saga = $1 and status = 'running' and step = 'review' and due_at is not null ${after}
     order by due_at, stream limit $2`,
    values,
  );
}

async function readWaitingOrders(
  sql: Sql,
  generation: bigint,
  deadlines: readonly Deadline[],
): Promise<WaitingReview[]> {
  if (deadlines.length === 0) return [];
  const ids = deadlines.map(idOf);
  const rows = await sql.query<Row>(
    `select orderid, customerid, amount_minor, currency from orders
     where generation = $1 and orderid = any($2::uuid[]) and status = 'InReview'`,
    [generation, ids],
  );
  const byId = new Map(rows.map((row) => [row.orderid, row]));
  return deadlines.flatMap((deadline) => {
    const row = byId.get(idOf(deadline));
    if (row === undefined) return [];
    const { orderid: orderId, customerid: customerId, amount_minor: amountMinor, currency } = row;
    return [{ orderId, customerId, amountMinor, currency, dueMs: deadline.due_at.getTime() }];
  });
}

function idOf({ stream }: Deadline): string {
  return stream.slice(streamPrefix.length);
}
