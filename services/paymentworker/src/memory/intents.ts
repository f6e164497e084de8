/** Payment intents in memory, for tests and simulation. The same promises, gone with the process. */
import type { OrderId } from '@eventstream/contracts';
import type { IntentState, PaymentIntent, PaymentIntents } from '../payment-intents.ts';

/** Rows that live as long as the returned object, and what they say, for verification. */
export interface MemoryPaymentIntents extends PaymentIntents {
  readonly states: ReadonlyMap<OrderId, IntentState>;
  readonly rows: ReadonlyMap<OrderId, PaymentIntent>;
}

/** No rows yet. */
export function memoryPaymentIntents(): MemoryPaymentIntents {
  const states = new Map<OrderId, IntentState>();
  const rows = new Map<OrderId, PaymentIntent>();
  return {
    states,
    rows,
    async intend(intent) {
      const { orderId } = intent;
      const state = states.get(orderId) ?? 'intended';
      states.set(orderId, state);
      if (!rows.has(orderId)) rows.set(orderId, intent);
      return state;
    },
    async close(intent) {
      const { orderId } = intent;
      const state = states.get(orderId) === 'closed' ? 'closed' : 'closing';
      states.set(orderId, state);
      if (!rows.has(orderId)) rows.set(orderId, intent);
      return state;
    },
    look: async (orderId) => states.get(orderId),
    async settle(orderId, state) {
      const before = states.get(orderId);
      if (before === undefined) return;
      const isClosing = before === 'closing' || before === 'closed';
      if (!isClosing || state === 'closed') states.set(orderId, state);
    },
  };
}
