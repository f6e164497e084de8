/** What the debit and the void have in common: their parts, the name they record under, and how they call the gateway. */
import { type Metadata, metadataKeys, type OrderEvent } from '@eventstream/contracts';
import type { EventAppender, EventReader } from '@eventstream/event-store';
import type { Clock } from '@eventstream/platform';
import { InfrastructureFault } from '@eventstream/worker';
import { GatewayUnreachable, type PaymentGateway } from './payment-gateway.ts';
import type { PaymentIntents } from './payment-intents.ts';

/** What the two payment handlers need. */
export interface PaymentParts {
  readonly store: EventAppender & EventReader;
  readonly gateway: PaymentGateway;
  readonly intents: PaymentIntents;
  /** How long the review may take, noted with the debit because the debit starts it. */
  readonly reviewWithinMs: number;
  /** How long to wait before an unknown outcome is asked for again. */
  readonly retryAfterMs: number;
  readonly clock: Clock;
}

/** The name under which the worker's facts are recorded. */
export const actor = 'paymentworker';

/** Calls the gateway; that nothing answers at its address is not this payment's fault, and the consumer waits. */
export async function reaching<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof GatewayUnreachable)
      throw new InfrastructureFault(`the payment gateway cannot be reached: ${error.message}`, error);
    throw error;
  }
}

/** The review begins with the debit, so the debit carries how long it may take. */
export function reviewDeadline(fact: OrderEvent, reviewWithinMs: number): Metadata {
  return fact.kind === 'paymentDebited' ? { [metadataKeys.withinMs]: String(reviewWithinMs) } : {};
}
