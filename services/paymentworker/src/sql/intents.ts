/**
 * Payment intents in SQL. Calls that arrive while a commit is under way share the next one.
 * Each statement names an order once: two changes of one row in one statement would be refused by the database.
 */
import type { OrderId } from '@eventstream/contracts';
import { Batcher, CodedError } from '@eventstream/platform';
import type { Sql } from '@eventstream/platform/sql';
import type { IntentState, PaymentIntent, PaymentIntents } from '../payment-intents.ts';

const batchRowsMax = 500;
const queuedMax = 10_000;
/** Nobody waits for the note that a payment has ended: the log says so already. So it is made for several at once. */
const settleGatherMs = 25;

interface StateRow {
  readonly order_id: string;
  readonly state: IntentState;
}

const insertIntended = {
  name: 'payment-intend',
  text: `insert into payment_intents (order_id, amount_minor, currency, payer, state)
         select * from unnest($1::uuid[], $2::int8[], $3::text[], $4::text[], $5::text[])
         on conflict (order_id) do nothing
         returning order_id, state`,
};
const readStates = {
  name: 'payment-states',
  text: 'select order_id, state from payment_intents where order_id = any($1::uuid[])',
};
const closeIntents = {
  name: 'payment-close',
  text: `insert into payment_intents (order_id, amount_minor, currency, payer, state)
         select * from unnest($1::uuid[], $2::int8[], $3::text[], $4::text[], $5::text[])
         on conflict (order_id) do update set state = 'closing' where payment_intents.state <> 'closed'`,
};
const settleIntents = {
  name: 'payment-settle',
  text: `update payment_intents set state = settled.state, settled_at = now()
         from (select * from unnest($1::uuid[], $2::text[]) as s (order_id, state)) as settled
         where payment_intents.order_id = settled.order_id
           and (settled.state = 'closed' or payment_intents.state not in ('closing', 'closed'))`,
};

/** Rows in `payment_intents`. */
export function sqlPaymentIntents(sql: Sql): PaymentIntents {
  const states = async (ids: readonly string[]): Promise<Map<string, IntentState>> => {
    const rows = await sql.query<StateRow>(readStates, [ids]);
    return new Map(rows.map((row) => [row.order_id, row.state]));
  };

  const intending = new Batcher<PaymentIntent, IntentState>({
    span: 'payment intend',
    maxItems: batchRowsMax,
    maxQueued: queuedMax,
    run: async (batch) => {
      const inserted = await sql.query<StateRow>(insertIntended, columns(once(batch), 'intended'));
      const known = new Map(inserted.map((row) => [row.order_id, row.state]));
      const others = batch.map((intent) => intent.orderId).filter((id) => !known.has(id));
      if (others.length > 0) for (const [id, state] of await states(others)) known.set(id, state);
      return batch.map((intent) => mustHave(known, intent.orderId));
    },
  });

  const closing = new Batcher<PaymentIntent, IntentState>({
    span: 'payment close',
    maxItems: batchRowsMax,
    maxQueued: queuedMax,
    run: async (batch) => {
      await sql.execute(closeIntents, columns(once(batch), 'closing'));
      const known = await states(batch.map((intent) => intent.orderId));
      return batch.map((intent) => mustHave(known, intent.orderId));
    },
  });

  const settling = new Batcher<{ orderId: OrderId; state: IntentState }, void>({
    span: 'payment settle',
    soon: (run) => void setTimeout(run, settleGatherMs),
    maxItems: batchRowsMax,
    maxQueued: queuedMax,
    run: async (batch) => {
      const last = new Map<OrderId, IntentState>();
      // A closed payment stays closed, in whichever order the two calls came.
      for (const { orderId, state } of batch) if (last.get(orderId) !== 'closed') last.set(orderId, state);
      await sql.execute(settleIntents, [[...last.keys()], [...last.values()]]);
      return batch.map(() => undefined);
    },
  });

  return {
    intend: (intent) => intending.submit(intent),
    close: (intent) => closing.submit(intent),
    look: async (orderId) => (await states([orderId])).get(orderId),
    settle: (orderId, state) => settling.submit({ orderId, state }),
  };
}

function once(batch: readonly PaymentIntent[]): readonly PaymentIntent[] {
  return [...new Map(batch.map((intent) => [intent.orderId, intent])).values()];
}

function columns(batch: readonly PaymentIntent[], state: IntentState): readonly unknown[] {
  return [
    batch.map((intent) => intent.orderId),
    batch.map((intent) => intent.amount.minor),
    batch.map((intent) => intent.amount.currency),
    batch.map((intent) => intent.payer),
    batch.map(() => state),
  ];
}

function mustHave(known: ReadonlyMap<string, IntentState>, orderId: OrderId): IntentState {
  const state = known.get(orderId);
  if (state) return state;
  throw new CodedError('payment_intent_vanished', `the intent of order ${orderId} was written and is not there`, {
    details: { order: orderId },
    nextStep: 'somebody deletes rows of payment_intents; run `npx eventstream verify`',
  });
}
