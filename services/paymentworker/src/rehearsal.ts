/**
 * The payment worker's ports for a dry run: questions are asked, demands are noted and answered as if they had been
 * granted. No row is written, no money moves, no event is stored.
 */
import { formatDecimal, type Money, zero } from '@eventstream/contracts';
import { rehearsedStore } from '@eventstream/event-store';
import type { NoteEffect } from '@eventstream/worker';
import type { PaymentGateway } from './payment-gateway.ts';
import type { PaymentIntents } from './payment-intents.ts';
import type { PaymentParts } from './payment-parts.ts';

/** The same parts without effects. */
export function rehearsedParts(parts: PaymentParts, note: NoteEffect): PaymentParts {
  return {
    ...parts,
    store: rehearsedStore(parts.store, { clock: parts.clock, note }),
    gateway: rehearsedGateway(parts.gateway, note),
    intents: rehearsedIntents(parts.intents, note),
  };
}

/** What the provider knows already is what it would answer; of what it does not know, the good answer is assumed. */
function rehearsedGateway(gateway: PaymentGateway, note: NoteEffect): PaymentGateway {
  return {
    lookUp: (request) => gateway.lookUp(request),
    async debit(request) {
      const known = await gateway.lookUp(request);
      if (known.kind !== 'none') {
        note(`asks the gateway for the debit of ${request.key} again, which it knows as ${known.kind}`);
        return known;
      }
      note(`debits ${shown(request.amount)} at the gateway for ${request.key}; assumed: it is granted`);
      return { kind: 'debited', reference: 'dry run' };
    },
    async void(request) {
      const known = await gateway.lookUp(request);
      if (known.kind === 'unknown') return known;
      const wasTaken = known.kind === 'debited';
      const givenBack = wasTaken ? request.amount : zero(request.amount.currency);
      if (known.kind === 'closed') {
        note(`asks the gateway to close payment ${request.key} again, which it has closed already`);
        return { kind: 'closed', givenBack: zero(request.amount.currency), reference: null };
      }
      note(`closes payment ${request.key} at the gateway, which gives back ${shown(givenBack)}`);
      return { kind: 'closed', givenBack, reference: wasTaken ? known.reference : null };
    },
  };
}

function rehearsedIntents(intents: PaymentIntents, note: NoteEffect): PaymentIntents {
  return {
    look: (orderId) => intents.look(orderId),
    async intend({ orderId, amount }) {
      const state = await intents.look(orderId);
      if (state === undefined) note(`writes down the intent to debit ${shown(amount)} for ${orderId}`);
      return state ?? 'intended';
    },
    async close({ orderId }) {
      if ((await intents.look(orderId)) === 'closed') return 'closed';
      note(`writes down that the payment of ${orderId} is being closed`);
      return 'closing';
    },
    async settle(orderId, state) {
      note(`writes down that the payment of ${orderId} is ${state}`);
    },
  };
}

function shown(amount: Money): string {
  return `${formatDecimal(amount)} ${amount.currency}`;
}
