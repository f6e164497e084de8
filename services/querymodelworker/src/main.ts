/** Wires the projector: the whole log, folded into the read model. */
import { ordersLog } from '@eventstream/contracts';
import { storePart } from '@eventstream/event-store';
import { grpcEventStore } from '@eventstream/event-store/grpc';
import { natsBroker } from '@eventstream/messaging/jetstream';
import { runProcess } from '@eventstream/platform';
import { openSql, sqlPart } from '@eventstream/platform/sql';
import { orderSink, projectorName, refoldParked } from '@eventstream/read-model/sql';
import { followLog } from '@eventstream/worker';
import { settings } from './config.ts';

const sqlConnections = 4;
/** An approval is seen this much later at the most, and an order costs its rows fewer writes. */
const gatherMs = 5;
/** How often to look whether somebody wants a parked order folded again. */
const refoldEveryMs = 1_000;

await runProcess({
  name: projectorName,
  settings,
  healthPort: 9107,
  async wire(setting, { logger }) {
    const sql = openSql({
      url: setting.ORDERSDB_URL,
      applicationName: projectorName,
      maxConnections: sqlConnections,
      logger,
    });
    const store = grpcEventStore({ address: setting.EVENTSTORE_ADDRESS, logger });
    const nats = natsBroker({ url: setting.NATS_URL, name: projectorName, logger });
    const follower = followLog({
      sink: orderSink(sql),
      log: ordersLog,
      consumers: nats.consumers,
      store,
      logger,
      limits: { gatherMs },
    });
    const refolding = refoldParked({ sql, store, logger, everyMs: refoldEveryMs });
    return [sqlPart('ordersdb', sql), storePart(store, ordersLog), nats, refolding, follower];
  },
});
