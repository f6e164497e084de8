/** Wires the payment worker: debits for new orders and voids for undone ones, through the payment gateway. */
import { type EventType, orderEventTypes, ordersLog } from '@eventstream/contracts';
import { storePart } from '@eventstream/event-store';
import { grpcEventStore } from '@eventstream/event-store/grpc';
import { natsBroker } from '@eventstream/messaging/jetstream';
import { runProcess } from '@eventstream/platform';
import { openSql, sqlPart } from '@eventstream/platform/sql';
import { createWorker, type Handler } from '@eventstream/worker';
import { sqlWorkerLedger } from '@eventstream/worker/sql';
import { settings } from './config.ts';
import { debitPayment } from './debit-payment.ts';
import { httpPaymentGateway } from './http/gateway.ts';
import { actor, type PaymentParts } from './payment-parts.ts';
import { rehearsedParts } from './rehearsal.ts';
import { sqlPaymentIntents } from './sql/intents.ts';
import { voidPayment } from './void-payment.ts';

const handlersWith = (parts: PaymentParts): ReadonlyMap<EventType, Handler> =>
  new Map([
    [orderEventTypes.created, debitPayment(parts)],
    [orderEventTypes.paymentVoidRequested, voidPayment(parts)],
  ]);

const sqlConnections = 8;
const gatewayConnections = 128;

await runProcess({
  name: actor,
  settings,
  healthPort: 9104,
  async wire(setting, { logger, clock }) {
    const sql = openSql({ url: setting.WORKERSDB_URL, applicationName: actor, maxConnections: sqlConnections, logger });
    const store = grpcEventStore({ address: setting.EVENTSTORE_ADDRESS, logger });
    const nats = natsBroker({ url: setting.NATS_URL, name: actor, logger });
    const gateway = httpPaymentGateway({
      url: setting.GATEWAY_URL,
      timeoutMs: setting.GATEWAY_TIMEOUT,
      connectionsMax: gatewayConnections,
    });
    const parts = {
      store,
      gateway,
      intents: sqlPaymentIntents(sql),
      reviewWithinMs: setting.REVIEW_WITHIN,
      retryAfterMs: setting.PAYMENT_RETRY,
      clock,
    };
    const worker = createWorker({
      name: actor,
      log: ordersLog,
      handlers: handlersWith(parts),
      rehearse: (note) => handlersWith(rehearsedParts(parts, note)),
      consumers: nats.consumers,
      store,
      ledger: sqlWorkerLedger(sql),
      logger,
    });
    return [
      sqlPart('workersdb', sql),
      storePart(store, ordersLog),
      nats,
      { name: 'payment gateway client', checks: [], start: async () => {}, stop: () => gateway.close() },
      worker,
    ];
  },
});
