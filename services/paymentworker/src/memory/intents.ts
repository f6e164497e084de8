/** Payment intents in memory, for tests and simulation. The same promises, gone with the process. */
import type { OrderId } from '@eventstream/contracts';
import type { IntentState, PaymentIntents } from '../payment-intents.ts';

/** Rows that live as long as the returned object, and what they say, for verification. */
export interface MemoryPaymentIntents extends PaymentIntents {
  readonly states: ReadonlyMap<OrderId, IntentState>;
}

/** No rows yet. */
export function memoryPaymentIntents(): MemoryPaymentIntents {
  const states = new Map<OrderId, IntentState>();
  return {
    states,
    async intend({ orderId }) {
      const state = states.get(orderId) ?? 'intended';
      states.set(orderId, state);
      return state;
    },
    async close({ orderId }) {
      const state = states.get(orderId) === 'closed' ? 'closed' : 'closing';
      states.set(orderId, state);
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
