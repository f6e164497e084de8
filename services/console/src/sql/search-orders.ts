/** The search over the read model: newest first, page by page, each page by an index or given up after two seconds. */
import { type Position, position } from '@eventstream/contracts';
import type { OrderStatus } from '@eventstream/domain';
import { codeOf } from '@eventstream/platform';
import type { Sql } from '@eventstream/platform/sql';
import { findLiveGeneration } from '@eventstream/read-model/sql';
import { Problem } from '@eventstream/service-kit';
import type { OrderLine, OrderPage } from '../api/orders.ts';
import type { CancelReason } from '../api/values.ts';
import { moneyAnswer } from '../money-answer.ts';
import { consoleProblems } from '../problems.ts';

/** Which orders; all that is given must hold. */
export interface OrderSearch {
  /** The beginning of an id, or a whole one, in lower case. */
  readonly id?: string | undefined;
  /** Exactly, or its beginning. */
  readonly customer?: { readonly text: string; readonly isBeginning: boolean } | undefined;
  readonly status?: OrderStatus | undefined;
  /** Recorded after one position, and up to another. */
  readonly after?: Position | undefined;
  readonly upTo?: Position | undefined;
  /** In minor units of `currency`. */
  readonly minMinor?: bigint;
  readonly maxMinor?: bigint;
  readonly currency?: string;
  /** 1 to 100. */
  readonly limit: number;
}

interface Row {
  readonly orderid: string;
  readonly customerid: string;
  readonly restaurantid: string;
  readonly amount_minor: bigint;
  readonly currency: string;
  readonly status: OrderStatus;
  readonly reason: CancelReason | null;
  readonly createdon: string;
  readonly revision: bigint;
  readonly created_position: bigint;
  readonly stale: boolean;
}

const searchMs = 2_000;
const statementTimedOut = '57014';

/** One page; `next` of the answer is `upTo` of the page after. */
export async function searchOrders(sql: Sql, search: OrderSearch): Promise<OrderPage | Problem> {
  const live = await findLiveGeneration(sql);
  if (live === undefined) return { orders: [], nextCursor: null };
  const { conditions, values } = conditionsOf(search, live.generation);
  const text = `select orderid, customerid, restaurantid, amount_minor, currency, status, reason, createdon, revision,
                  created_position, stale from orders
                where ${conditions.join(' and ')} order by created_position desc limit ${search.limit + 1}`;
  try {
    const rows = await sql.transaction((tx) => tx.query<Row>({ text, timeoutMs: searchMs }, values));
    const shown = rows.slice(0, search.limit);
    const last = shown.at(-1);
    const next = rows.length > shown.length && last ? String(position(last.created_position) - 1) : null;
    return { orders: shown.map(toLine), nextCursor: next };
  } catch (error) {
    if (codeOf(error) !== statementTimedOut) throw error;
    return new Problem(consoleProblems.searchTooWide, 'narrow it by customer, status or time, or search by an id', {
      cause: error,
    });
  }
}

function conditionsOf(search: OrderSearch, generation: bigint): { conditions: string[]; values: unknown[] } {
  const values: unknown[] = [generation];
  const conditions = ['generation = $1'];
  const where = (condition: string, value: unknown): void => {
    conditions.push(`${condition} $${values.push(value)}`);
  };
  if (search.id !== undefined) {
    where('orderid >=', paddedId(search.id, '0'));
    where('orderid <=', paddedId(search.id, 'f'));
  }
  if (search.customer?.isBeginning === false) where('customerid =', search.customer.text);
  if (search.customer?.isBeginning === true) where('customerid like', `${likeText(search.customer.text)}%`);
  if (search.status !== undefined) where('status =', search.status);
  if (search.after !== undefined) where('created_position >', search.after);
  if (search.upTo !== undefined) where('created_position <=', search.upTo);
  if (search.currency !== undefined) where('currency =', search.currency);
  if (search.minMinor !== undefined) where('amount_minor >=', search.minMinor);
  if (search.maxMinor !== undefined) where('amount_minor <=', search.maxMinor);
  return { conditions, values };
}

const uuidShape = [8, 4, 4, 4, 12];

/** The least or greatest uuid that begins like this. */
function paddedId(beginning: string, filler: '0' | 'f'): string {
  const digits = beginning.replaceAll('-', '').padEnd(32, filler);
  let at = 0;
  return uuidShape
    .map((length) => {
      at += length;
      return digits.slice(at - length, at);
    })
    .join('-');
}

/** The text itself in a pattern of `like`. */
function likeText(text: string): string {
  return text.replaceAll(/[\\%_]/g, (letter) => `\\${letter}`);
}

function toLine(row: Row): OrderLine {
  return {
    orderId: row.orderid,
    customerId: row.customerid,
    restaurantId: row.restaurantid,
    amount: moneyAnswer(row.amount_minor, row.currency),
    status: row.status,
    reason: row.reason,
    createdOn: row.createdon,
    revision: Number(row.revision),
    isStale: row.stale,
  };
}
