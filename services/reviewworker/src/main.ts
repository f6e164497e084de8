/** Wires the review worker: the policy's verdict on every paid order. */
import { orderEventTypes, ordersLog } from '@eventstream/contracts';
import { rehearsedStore, storePart } from '@eventstream/event-store';
import { grpcEventStore } from '@eventstream/event-store/grpc';
import { natsBroker } from '@eventstream/messaging/jetstream';
import { HeardOrders } from '@eventstream/orders';
import { runProcess } from '@eventstream/platform';
import { openSql, sqlPart } from '@eventstream/platform/sql';
import { createWorker } from '@eventstream/worker';
import { sqlWorkerLedger } from '@eventstream/worker/sql';
import { settings } from './config.ts';
import { reviewOrder } from './review-order.ts';

const name = 'reviewworker';
const sqlConnections = 4;

await runProcess({
  name,
  settings,
  healthPort: 9105,
  async wire(setting, { logger, clock }) {
    const sql = openSql({ url: setting.WORKERSDB_URL, applicationName: name, maxConnections: sqlConnections, logger });
    const store = grpcEventStore({ address: setting.EVENTSTORE_ADDRESS, logger });
    const nats = natsBroker({ url: setting.NATS_URL, name, logger });
    const policy = {
      approveUpTo: setting.REVIEW_APPROVE_UP_TO,
      rejectedItemCodes: new Set(setting.REVIEW_REJECTED_ITEM_CODES),
    };
    const heard = new HeardOrders();
    nats.hearsay.listen(orderEventTypes.created, (event) => heard.hear(event));
    const worker = createWorker({
      name,
      log: ordersLog,
      handlers: new Map([[orderEventTypes.paymentDebited, reviewOrder({ store, policy, heard })]]),
      rehearse: (note) =>
        new Map([
          [orderEventTypes.paymentDebited, reviewOrder({ store: rehearsedStore(store, { clock, note }), policy })],
        ]),
      consumers: nats.consumers,
      store,
      ledger: sqlWorkerLedger(sql),
      logger,
    });
    return [sqlPart('workersdb', sql), storePart(store, ordersLog), nats, worker];
  },
});
