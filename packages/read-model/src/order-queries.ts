/**
 * What is asked about orders, and how an order looks to whoever asks. Answers come from rows that follow the log, so
 * they may be a little behind it: `checkpoint` says how far they are.
 */
import type { CancelReason, Money, OrderId, OrderItem, Position, Revision } from '@eventstream/contracts';
import { cancelReasonOf, type OrderStatus, type PlacedOrder } from '@eventstream/domain';

/** An order as clients see it. */
export interface OrderView {
  readonly orderId: OrderId;
  readonly customerId: string;
  readonly restaurantId: string;
  readonly items: readonly OrderItem[];
  readonly amount: Money;
  readonly status: OrderStatus;
  /** Why it is being or was cancelled; undefined otherwise. */
  readonly reason: CancelReason | undefined;
  /** ISO 8601, UTC: when the order was taken. */
  readonly createdOn: string;
  /** Revision and position of the last event that is in here. */
  readonly revision: Revision;
  readonly position: Position;
  /** The read model has stopped following this order (an open dead letter): ask the store instead. */
  readonly stale: boolean;
}

/** Which orders are wanted; newest first. */
export interface OrderFilter {
  readonly customerId?: string | undefined;
  readonly status?: OrderStatus | undefined;
  /** Only orders created before this position; the `next` of the page before. */
  readonly before?: Position | undefined;
  /** 1 to 100. */
  readonly limit: number;
}

/** One page of orders. */
export interface OrderPage {
  readonly orders: readonly OrderView[];
  /** `before` of the next page; undefined on the last one. */
  readonly next: Position | undefined;
}

/** Reads the read model. All of it rejects with the database's error when that cannot answer. */
export interface OrderQueries {
  /** The order's row, or undefined while there is none. */
  get(id: OrderId): Promise<OrderView | undefined>;
  list(filter: OrderFilter): Promise<OrderPage>;
  /** Everything up to here is in the rows, except what is stale; 0 before the first event. */
  checkpoint(): Promise<Position>;
  /** How many orders wait to be paid or reviewed by the policy, counted up to `most`. Those that wait for a person are not among them. */
  waiting(most: number): Promise<number>;
}

/** The statuses in which an order waits for a worker. */
export const waitingStatuses: readonly OrderStatus[] = ['Pending', 'PaymentDebited'];

/** An order as a view that is not stale. `at` is the place of the last event that is in it. */
export function orderViewOf(
  order: PlacedOrder,
  at: { readonly revision: Revision; readonly position: Position },
): OrderView {
  const { details } = order;
  return {
    orderId: details.orderId,
    customerId: details.customerId,
    restaurantId: details.restaurantId,
    items: details.items,
    amount: details.amount,
    status: order.status,
    reason: cancelReasonOf(order),
    createdOn: details.createdOn,
    revision: at.revision,
    position: at.position,
    stale: false,
  };
}
