/** The operations of the service with everything around them that both transports share. */
import type { Clock, Logger } from '@eventstream/platform';
import {
  chain,
  circuitBreaker,
  explainErrors,
  logging,
  type Middleware,
  metrics,
  rateLimit,
  type TracingOptions,
  timeout,
  tracing,
} from '@eventstream/service-kit';
import { type Doors, retryAfterSeconds } from './doors.ts';
import { faultExplainer, isStoreAway } from './explain-faults.ts';
import type { OrderService } from './service.ts';

/** How much one caller may ask, and how long an answer may take. */
export interface EndpointLimits {
  /** Of one caller. */
  readonly requestsPerSecond: number;
  readonly requestMs: number;
}

/** What the endpoints need beside the service. */
export interface EndpointOptions {
  readonly limits: EndpointLimits;
  readonly doors: Doors;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Whether an error means that the read model's database cannot be reached. */
  readonly isDatabaseAway: (error: unknown) => boolean;
}

const callersRemembered = 10_000;

/** The service as endpoints: the same operations, traced, measured, logged and limited. */
export function orderEndpoints(
  service: OrderService,
  { limits, doors, logger, clock, isDatabaseAway }: EndpointOptions,
): OrderService {
  const perCaller = rateLimit({
    perSecond: limits.requestsPerSecond,
    burst: limits.requestsPerSecond,
    callersMax: callersRemembered,
    clock,
  });
  const seen = (operation: string, trace: TracingOptions = {}): Middleware =>
    chain(tracing(operation, trace), metrics(operation), logging(operation), perCaller);
  const seenRead = (operation: string): Middleware => seen(operation, { begins: false });
  const inTime = timeout({ limitMs: limits.requestMs, retryAfterSeconds });
  const explained = (whenUnknown: string): Middleware => explainErrors(faultExplainer({ isDatabaseAway, whenUnknown }));
  const storeCircuit = circuitBreaker({ dependency: 'event store', isFailure: isStoreAway, openMs: 1_000, logger });

  const write = (whenUnknown: string): Middleware =>
    chain(doors.writes.admit, inTime, explained(whenUnknown), storeCircuit);
  const place = chain(doors.newOrders.admit, write('ask again with the same Idempotency-Key'));
  const decide = write('ask again: what was done already is a success');
  // Most reads never ask the store, so its circuit does not concern them.
  const read = chain(doors.reads.admit, inTime, explained('ask again'));
  const storeRead = chain(read, storeCircuit);

  return {
    placeOrder: chain(seen('order.place'), place)(service.placeOrder),
    cancelOrder: chain(seen('order.cancel'), decide)(service.cancelOrder),
    reviewOrder: chain(seen('order.review'), decide)(service.reviewOrder),
    getOrder: chain(seenRead('order.get'), read)(service.getOrder),
    listOrders: chain(seenRead('order.list'), read)(service.listOrders),
    orderEvents: chain(seenRead('order.events'), storeRead)(service.orderEvents),
    // Only the beginning of a stream counts here: the stream itself lasts as long as the order's life, and is bounded
    // where it is kept open. There is no time limit, because the limit's signal ends with the beginning, and the
    // stream would then outlive its client.
    followOrder: chain(
      seenRead('order.follow'),
      doors.reads.admit,
      explained('ask again'),
      storeCircuit,
    )(service.followOrder),
  };
}
