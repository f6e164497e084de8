/** Counters of orders and money from what was counted, and whether the orders and the provider's books agree. Pure. */
import { orderStatuses } from '@eventstream/domain';
import type { Counters, MoneyLine } from '../api/floor.ts';
import { moneyAnswer } from '../money-answer.ts';

/** Orders that are alike. */
interface Counted {
  readonly status: string;
  readonly payment: string;
  readonly currency: string;
  readonly orders: number;
  readonly debitedMinor: bigint;
}

/** The provider's books of one currency. */
export interface BooksLine {
  readonly currency: string;
  readonly debitedMinor: bigint;
  readonly voidedMinor: bigint;
}

/** The counters. `books` is undefined when the provider does not answer. */
export function composeCounters(
  counted: readonly Counted[],
  books: readonly BooksLine[] | undefined,
  at: { readonly atMs: number; readonly isBehind: boolean },
): Counters {
  const currencies = new Set([...counted, ...(books ?? [])].map(({ currency }) => currency));
  return {
    countedAtMs: at.atMs,
    orders: sumOf(counted, ({ orders }) => orders),
    byStatus: orderStatuses.map((status) => ({
      status,
      orders: sumOf(
        counted.filter((one) => one.status === status),
        ({ orders }) => orders,
      ),
    })),
    money: [...currencies].toSorted().map((currency) =>
      moneyLine(
        currency,
        counted.filter((one) => one.currency === currency),
        { books, isBehind: at.isBehind },
      ),
    ),
  };
}

const onTheWay = new Set(['Pending', 'PaymentDebited', 'Cancelling']);

function moneyLine(
  currency: string,
  counted: readonly Counted[],
  { books, isBehind }: { readonly books: readonly BooksLine[] | undefined; readonly isBehind: boolean },
): MoneyLine {
  const sum = (of: (one: Counted) => boolean): bigint =>
    counted.filter(of).reduce((total, one) => total + one.debitedMinor, 0n);
  const debited = sum(() => true);
  const voided = sum(({ payment }) => payment === 'closed');
  const approved = sum(({ status }) => status === 'Approved');
  // The provider has no line for a currency in which it never moved anything.
  const none: BooksLine = { currency, debitedMinor: 0n, voidedMinor: 0n };
  const line = books && (books.find((one) => one.currency === currency) ?? none);
  const isMoving = isBehind || counted.some(({ status, orders }) => onTheWay.has(status) && orders > 0);
  return {
    currency,
    debited: moneyAnswer(debited, currency),
    voided: moneyAnswer(voided, currency),
    approved: moneyAnswer(approved, currency),
    inFlight: moneyAnswer(debited - voided - approved, currency),
    booksDebited: line ? moneyAnswer(line.debitedMinor, currency) : null,
    booksVoided: line ? moneyAnswer(line.voidedMinor, currency) : null,
    balance: balanceOf({ debited, voided }, line, isMoving),
  };
}

function balanceOf(
  orders: { readonly debited: bigint; readonly voided: bigint },
  books: BooksLine | undefined,
  isMoving: boolean,
): MoneyLine['balance'] {
  if (books === undefined) return 'unknown';
  if (books.debitedMinor === orders.debited && books.voidedMinor === orders.voided) return 'balanced';
  return isMoving ? 'moving' : 'differs';
}

function sumOf(list: readonly Counted[], of: (one: Counted) => number): number {
  return list.reduce((total, one) => total + of(one), 0);
}
