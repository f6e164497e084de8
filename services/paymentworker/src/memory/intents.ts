/** Payment intents in memory, for tests and simulation. The same promises, gone with the process. */
import type { Money, OrderId } from '@eventstream/contracts';
import type { IntentState, PaymentIntents } from '../payment-intents.ts';

/** Rows that live as long as the returned object, and what they say, for verification. */
export interface MemoryPaymentIntents extends PaymentIntents {
  readonly states: ReadonlyMap<OrderId, IntentState>;
  readonly amounts: ReadonlyMap<OrderId, Money>;
}

/** No rows yet. */
export function memoryPaymentIntents(): MemoryPaymentIntents {
  const states = new Map<OrderId, IntentState>();
  const amounts = new Map<OrderId, Money>();
  return {
    states,
    amounts,
    async intend({ orderId, amount }) {
      const state = states.get(orderId) ?? 'intended';
      states.set(orderId, state);
      if (!amounts.has(orderId)) amounts.set(orderId, amount);
      return state;
    },
    async close({ orderId, amount }) {
      const state = states.get(orderId) === 'closed' ? 'closed' : 'closing';
      states.set(orderId, state);
      if (!amounts.has(orderId)) amounts.set(orderId, amount);
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
