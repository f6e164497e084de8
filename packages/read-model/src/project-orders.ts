/**
 * The projection: events in, changed orders out. Pure, so that the live read model, a rebuild and `verify` fold alike.
 */
import {
  decodeOrderEvent,
  type OrderId,
  orderIdOf,
  type Position,
  type RecordedEvent,
  type Revision,
} from '@eventstream/contracts';
import { evolve, noOrder, type Order, type PlacedOrder } from '@eventstream/domain';

/** An order as far as it has been folded. */
export interface FoldedOrder {
  readonly order: PlacedOrder;
  readonly revision: Revision;
  /** Position of the last event in here, and of the first. */
  readonly position: Position;
  readonly createdPosition: Position;
}

/** What was taken for an order, whether or not it was given back since. */
export function debitedMinor({ payment }: PlacedOrder): bigint {
  if (payment.kind === 'debited') return payment.amount.minor;
  return payment.kind === 'closed' ? (payment.debited?.minor ?? 0n) : 0n;
}

/** An event that could not be folded: its stream is parked from here on. */
export interface PoisonEvent {
  readonly event: RecordedEvent;
  readonly error: Error;
}

/** What a page of events did. */
export interface Projected {
  /** Orders that changed, as they are after the page. */
  readonly changed: ReadonlyMap<OrderId, FoldedOrder>;
  /** Those of them that did not exist before the page. */
  readonly created: ReadonlySet<OrderId>;
  readonly poison: readonly PoisonEvent[];
}

/**
 * Folds a page over the orders it touches. `known` has every order of the page that existed before; streams in `parked`
 * are left alone. An event that cannot be folded parks the rest of its stream. An event that an order has already is
 * passed over: a redrive folds the whole stream from the store, and may be ahead of the page.
 */
export function projectOrders(
  events: readonly RecordedEvent[],
  known: ReadonlyMap<OrderId, FoldedOrder>,
  parked: ReadonlySet<string>,
): Projected {
  const changed = new Map<OrderId, FoldedOrder>();
  const created = new Set<OrderId>();
  const poison: PoisonEvent[] = [];
  const stopped = new Set(parked);
  for (const event of events) {
    if (stopped.has(event.stream)) continue;
    const id = orderIdOf(event.stream);
    const before = id === undefined ? undefined : (changed.get(id) ?? known.get(id));
    if (before && event.revision <= before.revision) continue;
    try {
      const after = foldOne(before, event);
      if (id === undefined) continue;
      if (!before) created.add(id);
      changed.set(id, after);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      stopped.add(event.stream);
      poison.push({ event, error });
    }
  }
  return { changed, created, poison };
}

/** One event onto an order; throws `UndecodableEvent`, `IllegalEvent` or a plain error when it does not fit. */
export function foldOne(before: FoldedOrder | undefined, event: RecordedEvent): FoldedOrder {
  // Most events can be folded onto an older state without an error, and those in between would be missing unnoticed.
  const follows = (before?.revision ?? 0) + 1;
  if (event.revision !== follows)
    throw new Error(`revision ${event.revision} of ${event.stream} came where ${follows} was expected`);
  const from: Order = before?.order ?? noOrder;
  const order = evolve(from, decodeOrderEvent(event));
  if (order.status === 'none') throw new Error(`${event.type} left no order`);
  return {
    order,
    revision: event.revision,
    position: event.position,
    createdPosition: before?.createdPosition ?? event.position,
  };
}
