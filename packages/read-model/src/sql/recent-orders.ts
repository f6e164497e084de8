/**
 * Orders folded lately, kept so that most pages need no read: an order's events come within seconds of each other. They
 * are what the database has as long as nobody else moves the checkpoint, which every page proves.
 */
import { type OrderId, orderIdOf, type RecordedEvent, type StreamName } from '@eventstream/contracts';
import { hasEnded } from '@eventstream/domain';
import type { FoldedOrder, Projected } from '../project-orders.ts';

const ordersMax = 20_000;

/** Open orders that are not parked, at most 20,000, those that changed last. */
export class RecentOrders {
  readonly #orders = new Map<OrderId, FoldedOrder>();

  /** The page's orders as they were before it, and those of which only the database can tell. */
  split(events: readonly RecordedEvent[]): { known: Map<OrderId, FoldedOrder>; unknown: readonly OrderId[] } {
    const known = new Map<OrderId, FoldedOrder>();
    const unknown: OrderId[] = [];
    const looked = new Set<StreamName>();
    for (const { stream, revision } of events) {
      if (looked.has(stream)) continue;
      looked.add(stream);
      const id = orderIdOf(stream);
      if (id === undefined) continue;
      const recent = this.#orders.get(id);
      if (recent) known.set(id, recent);
      // Before the first event of a stream there was nothing that could have made a row.
      else if (revision > 1) unknown.push(id);
    }
    return { known, unknown };
  }

  /** Remembers what was committed. */
  remember(projected: Projected): void {
    for (const [id, folded] of projected.changed) {
      this.#orders.delete(id);
      // Nothing follows an end.
      if (!hasEnded(folded.order)) this.#orders.set(id, folded);
    }
    for (const { event } of projected.poison) {
      const id = orderIdOf(event.stream);
      if (id) this.#orders.delete(id);
    }
    for (const id of this.#orders.keys()) {
      if (this.#orders.size <= ordersMax) break;
      this.#orders.delete(id);
    }
  }

  /** For when another instance may have written. */
  forget(): void {
    this.#orders.clear();
  }
}
