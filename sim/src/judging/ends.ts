/** Counts how the orders of a world ended, and what its broker has let go. */
import {
  type CancelReason,
  decodeOrderEvent,
  type OrderEvent,
  ordersLog,
  type RecordedEvent,
} from '@eventstream/contracts';
import { foldOrder, type Order } from '@eventstream/domain';
import type { Databases } from '../world/databases.ts';
import type { RarePath, Sometimes } from '../world/sometimes.ts';
import type { WorldTime } from '../world/world-time.ts';

/** Counts them. */
export async function countEnds(
  events: readonly RecordedEvent[],
  { databases, sometimes, time }: { databases: Databases; sometimes: Sometimes; time: WorldTime },
): Promise<void> {
  for (const life of Map.groupBy(events, ({ stream }) => stream).values()) {
    const facts = life.map(decodeOrderEvent);
    if (facts.some((fact) => 'by' in fact && fact.by.startsWith('operator'))) sometimes.path('personDecides');
    const order = foldFacts(facts);
    if (order?.status === 'Approved') sometimes.path('approved');
    if (order?.status === 'Cancelled') sometimes.path(pathOfReason[order.reason]);
  }
  const copy = await time.instantly(() =>
    databases.broker
      .copyOf(ordersLog)
      .inspect()
      .catch(() => undefined),
  );
  if (copy?.kind === 'ours' && copy.first > 1) sometimes.path('evicted');
}

/** Without a safeguard, a life may be one that cannot be folded. */
function foldFacts(facts: readonly OrderEvent[]): Order | undefined {
  try {
    return foldOrder(facts);
  } catch {
    return undefined;
  }
}

const pathOfReason = {
  payment_declined: 'declined',
  payment_timeout: 'paymentTimeout',
  review_rejected: 'rejected',
  review_timeout: 'reviewTimeout',
  customer: 'cancelled',
  operator: 'cancelled',
} as const satisfies Record<CancelReason, RarePath>;
