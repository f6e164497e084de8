/** What workers know about one order: its payment intent, and work that waits for another attempt. */
import type { OrderId, StreamName } from '@eventstream/contracts';
import type { Sql } from '@eventstream/platform/sql';
import { readWaiting as readWaitingWork } from '@eventstream/worker/sql';
import type { Payment, WaitingWork } from '../api/orders.ts';
import { moneyAnswer } from '../money-answer.ts';

interface IntentRow {
  readonly state: string;
  readonly amount_minor: bigint;
  readonly currency: string;
  readonly payer: string;
  readonly intended_at: Date;
  readonly settled_at: Date | null;
}

/** The intent, or null before there is one. */
export async function readIntent(sql: Sql, id: OrderId): Promise<Payment['intent']> {
  const [row] = await sql.query<IntentRow>(
    {
      name: 'console-intent',
      text: `select state, amount_minor, currency, payer, intended_at, settled_at from payment_intents where order_id = $1`,
    },
    [id],
  );
  if (row === undefined) return null;
  return {
    state: row.state,
    amount: moneyAnswer(row.amount_minor, row.currency),
    payer: row.payer,
    intendedAtMs: row.intended_at.getTime(),
    settledAtMs: row.settled_at?.getTime() ?? null,
  };
}

const waitingMax = 50;

/** Work of the order's stream, in the order of the log. */
export async function readWaiting(sql: Sql, stream: StreamName): Promise<WaitingWork[]> {
  const waiting = await readWaitingWork(sql, { stream, limit: waitingMax });
  return waiting.map(({ consumer, type, position, attempts, reason, dueAtMs: dueMs }) => {
    return { consumer, type, position, attempts, reason, dueMs };
  });
}
