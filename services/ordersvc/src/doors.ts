/**
 * What is let in: one door for writes, because all of them wait for the same store, one for reads, and a bound on new
 * orders.
 */
import { admission, type Door } from '@eventstream/service-kit';
import { OrdersWaiting, type OrdersWaitingOptions } from './orders-waiting.ts';

/** The service's doors. */
export interface Doors {
  readonly writes: Door;
  readonly reads: Door;
  readonly newOrders: Door;
  /** Stops counting, which is all that they do by themselves. */
  readonly close: () => void;
}

/** How much goes through them. */
export interface DoorLimits {
  readonly writesInFlight: number;
  readonly readsInFlight: number;
  /** How long a write may wait while more of them arrive than are answered. */
  readonly writeWaitMs: number;
  /** Writes that are let in beyond that after a quiet moment. */
  readonly writeBurst: number;
  /** Orders that may wait to be paid and reviewed. */
  readonly ordersWaitingMax: number;
}

/** What whoever is refused is told. */
export const retryAfterSeconds = 1;

/**
 * So many writes are always let in, because a pace that has just dropped soon rises again. They share a commit or two. More
 * would wait for longer than `WRITE_WAIT` wherever less than 320 a second are answered, as under an overload of two cores.
 */
const writesAlways = 128;

/** Opens them. */
export function openDoors(limits: DoorLimits, counting: Omit<OrdersWaitingOptions, 'ordersMax'>): Doors {
  const newOrders = new OrdersWaiting({ ...counting, ordersMax: limits.ordersWaitingMax });
  return {
    writes: admission({
      door: 'writes',
      maxInFlight: limits.writesInFlight,
      retryAfterSeconds,
      queue: { waitMs: limits.writeWaitMs, burst: limits.writeBurst, always: writesAlways },
    }),
    reads: admission({ door: 'reads', maxInFlight: limits.readsInFlight, retryAfterSeconds }),
    newOrders,
    close: () => newOrders.close(),
  };
}
