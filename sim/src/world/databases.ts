/**
 * Everything of a world that survives its processes: the four databases, the broker and the provider's books. They are
 * the memory adapters of the product; a safeguard is removed by putting a faulty one in the place of one of them.
 */
import { eventId, incarnation, orderEventTypes, ordersLog } from '@eventstream/contracts';
import type { EventFinder, EventStore } from '@eventstream/event-store';
import { memoryEventStore } from '@eventstream/event-store/memory';
import type { LogCopy } from '@eventstream/messaging';
import { MemoryBroker, MemoryRelayLease } from '@eventstream/messaging/memory';
import type { RelayLease } from '@eventstream/messaging/relay';
import { idOf } from '@eventstream/platform';
import { type MemoryOrderModel, memoryOrderModel } from '@eventstream/read-model/memory';
import type { SagaStore } from '@eventstream/saga';
import { memorySagaStore } from '@eventstream/saga/memory';
import { type MemoryLedger, memoryWorkerLedger } from '@eventstream/worker/memory';
import { type MemoryPaymentIntents, memoryPaymentIntents } from '../../../services/paymentworker/src/memory/intents.ts';
import type { PaymentGateway } from '../../../services/paymentworker/src/payment-gateway.ts';
import type { PaymentIntents } from '../../../services/paymentworker/src/payment-intents.ts';
import { GatewayBooks } from './gateway-books.ts';
import type { WorldTime } from './world-time.ts';

/** As they are: what the checks read. */
export interface Databases {
  readonly store: EventStore & EventFinder;
  readonly lease: RelayLease;
  readonly broker: MemoryBroker;
  readonly ledger: MemoryLedger;
  readonly intents: MemoryPaymentIntents;
  readonly sagas: SagaStore;
  readonly orders: MemoryOrderModel;
  readonly books: GatewayBooks;
}

/** As the processes reach them. Each may be replaced by a faulty one. */
export interface Ports {
  readonly store: EventStore & EventFinder;
  readonly copy: LogCopy;
  readonly lease: RelayLease;
  readonly ledger: MemoryLedger['ledger'];
  readonly intents: PaymentIntents;
  readonly sagas: SagaStore;
  readonly orders: MemoryOrderModel['sink'];
  readonly gateway: PaymentGateway;
  /** The Idempotency-Key of a request, as ordersvc gets it. */
  readonly keyOf: (key: string, attempt: number) => string;
}

/** How large the broker may grow, and its messages. */
export interface BrokerSize {
  readonly bytesMax: number;
  readonly messageBytesMax: number;
}

/** Empty ones. */
export function emptyDatabases(time: WorldTime, size: BrokerSize): Databases {
  let letters = 0;
  return {
    store: memoryEventStore({
      registry: { types: new Map([[ordersLog, new Set<string>(Object.values(orderEventTypes))]]) },
      clock: time,
      newIncarnation: () => incarnation(idOf('incarnation', '1')),
      soon: queueMicrotask,
    }),
    lease: new MemoryRelayLease(time),
    broker: new MemoryBroker({ scheduler: time, ...size }),
    ledger: memoryWorkerLedger(time, () => {
      letters += 1;
      return eventId(idOf('dead letter', String(letters)));
    }),
    intents: memoryPaymentIntents(),
    sagas: memorySagaStore(time),
    orders: memoryOrderModel(),
    books: new GatewayBooks(),
  };
}

/** The ports over these databases, nothing wrong with them. */
export function soundPorts(databases: Databases): Ports {
  return {
    store: databases.store,
    copy: databases.broker.copyOf(ordersLog),
    lease: databases.lease,
    ledger: databases.ledger.ledger,
    intents: databases.intents,
    sagas: databases.sagas,
    orders: databases.orders.sink,
    gateway: databases.books,
    keyOf: (key) => key,
  };
}
