/**
 * Orders as a business: place, look at, cancel, review, follow. Knows no transport. A refusal is an answered problem;
 * what the store or the read model throws passes through, and is explained by the endpoints.
 */
import type { OrderId, Position, RecordedEvent, Revision } from '@eventstream/contracts';
import type { OrderStatus } from '@eventstream/domain';
import type { OrderFilter, OrderPage, OrderView } from '@eventstream/read-model';
import type { Endpoint } from '@eventstream/service-kit';
import type { CancelOrderBody, PlaceOrderBody, ReviewOrderBody } from './requests.ts';

/** A new order, and the caller's own name for the request. */
export interface PlaceOrder {
  readonly body: PlaceOrderBody;
  readonly idempotencyKey: string | undefined;
}

/** An order after a write. */
export interface WrittenOrder {
  readonly order: OrderView;
  /** Where the write is in the log; reads that name it see it. */
  readonly position: Position;
  /** The write had been made before, and this is its answer again. */
  readonly replayed: boolean;
}

/** A wish to see at least the log up to here. */
export interface Freshness {
  readonly minPosition: Position | undefined;
}

/** One order. */
export interface GetOrder extends Freshness {
  readonly orderId: OrderId;
}

/** What an order that was looked at says, and how the read model stood to it. */
export interface FoundOrder {
  readonly order: OrderView;
  /** `behind` and `parked`: the answer was folded from the store, because the row was not there yet or is stale. */
  readonly readModel: 'current' | 'behind' | 'parked';
}

/** A page of orders. */
export interface ListOrders extends Freshness {
  readonly filter: OrderFilter;
}

/** A cancellation. */
export interface CancelOrder {
  readonly orderId: OrderId;
  /** Whose wish it is. */
  readonly by: NonNullable<CancelOrderBody['by']>;
  readonly reason: string;
  /** Only if the order is still at this revision. */
  readonly ifRevision: Revision | undefined;
}

/** A person's decision. */
export interface ReviewOrder {
  readonly orderId: OrderId;
  readonly decision: ReviewOrderBody['decision'];
  readonly reason: string;
}

/** One step of an order's life, and the status it led to. */
export interface OrderStep {
  readonly event: RecordedEvent;
  readonly status: OrderStatus;
}

/** An order's life from a revision on. */
export interface FollowOrder {
  readonly orderId: OrderId;
  /** The last revision the caller has seen; 0 for none. */
  readonly after: Revision;
}

/** The steps that follow; they end with the order's end. */
export interface FollowedOrder {
  /** The order has ended and the caller has seen all of it. */
  readonly over: boolean;
  readonly steps: AsyncIterable<OrderStep>;
}

/** What can be done with orders. */
export interface OrderService {
  /** Stores a new order. With a key: once, and the same answer to the same request ever after. */
  readonly placeOrder: Endpoint<PlaceOrder, WrittenOrder>;
  /** An order that was placed is always found. */
  readonly getOrder: Endpoint<GetOrder, FoundOrder>;
  /** Orders as the read model knows them, newest first. */
  readonly listOrders: Endpoint<ListOrders, OrderPage>;
  /** What is recorded about an order, oldest first, from the store. */
  readonly orderEvents: Endpoint<{ readonly orderId: OrderId }, readonly RecordedEvent[]>;
  /** Asks for an order to be undone. Asking again is a success; after its approval it is refused. */
  readonly cancelOrder: Endpoint<CancelOrder, WrittenOrder>;
  /** Records a person's decision about a paid order. The same decision again is a success. */
  readonly reviewOrder: Endpoint<ReviewOrder, WrittenOrder>;
  readonly followOrder: Endpoint<FollowOrder, FollowedOrder>;
}
