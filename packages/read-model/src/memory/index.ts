/** The read model in memory, for tests and simulation: the same fold, gone with the process. */
import { type Incarnation, nowhere, type OrderId, orderStream, type Position } from '@eventstream/contracts';
import type { LogSink } from '@eventstream/worker';
import { type OrderQueries, type OrderView, orderViewOf, waitingStatuses } from '../order-queries.ts';
import { debitedMinor, type FoldedOrder, projectOrders } from '../project-orders.ts';

/** A sink, the questions it answers, and its rows as they are, for verification. */
export interface MemoryOrderModel {
  readonly sink: LogSink;
  readonly queries: OrderQueries;
  readonly rows: () => readonly {
    readonly folded: FoldedOrder;
    readonly debitedMinor: bigint;
    readonly isStale: boolean;
  }[];
}

/** An empty read model. */
export function memoryOrderModel(): MemoryOrderModel {
  const orders = new Map<OrderId, FoldedOrder>();
  const parked = new Set<string>();
  let at: Position = nowhere;
  let life: Incarnation | undefined;

  const view = (folded: FoldedOrder): OrderView => ({
    ...orderViewOf(folded.order, folded),
    stale: parked.has(orderStream(folded.order.details.orderId)),
  });

  const sink: LogSink = {
    name: 'querymodelworker',
    checkpoint: async () => ({ position: at, incarnation: life }),
    apply: async (events, incarnation) => {
      const first = events[0];
      const last = events.at(-1);
      if (!first || !last) return { kind: 'committed' };
      if (first.position !== at + 1 || incarnation !== (life ?? incarnation)) return { kind: 'moved' };
      const projected = projectOrders(events, orders, parked);
      for (const [id, folded] of projected.changed) orders.set(id, folded);
      for (const { event } of projected.poison) parked.add(event.stream);
      at = last.position;
      life = incarnation;
      return { kind: 'committed' };
    },
  };

  const queries: OrderQueries = {
    get: async (id) => {
      const folded = orders.get(id);
      return folded && view(folded);
    },
    list: async ({ customerId, status, before, limit }) => {
      const wanted = [...orders.values()]
        .filter(({ order }) => customerId === undefined || order.details.customerId === customerId)
        .filter(({ order }) => status === undefined || order.status === status)
        .filter(({ createdPosition }) => before === undefined || createdPosition < before)
        .toSorted((a, b) => b.createdPosition - a.createdPosition);
      const page = wanted.slice(0, limit);
      return { orders: page.map(view), next: wanted.length > page.length ? page.at(-1)?.createdPosition : undefined };
    },
    checkpoint: async () => at,
    waiting: async (most) => {
      const waiting = [...orders.values()].filter(({ order }) => waitingStatuses.includes(order.status));
      return Math.min(waiting.length, most);
    },
  };
  const rows = () =>
    [...orders.values()].map((folded) => ({
      folded,
      debitedMinor: debitedMinor(folded.order),
      isStale: parked.has(orderStream(folded.order.details.orderId)),
    }));
  return { sink, queries, rows };
}
