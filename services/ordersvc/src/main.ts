/** Wiring of ordersvc: the event store over gRPC, the read model over SQL, and both transports over the same endpoints. */
import { ordersLog } from '@eventstream/contracts';
import { storePart } from '@eventstream/event-store';
import { grpcEventStore } from '@eventstream/event-store/grpc';
import { runProcess } from '@eventstream/platform';
import { askToRead, isDatabaseAway, openSql, sqlPart } from '@eventstream/platform/sql';
import { sqlOrderQueries } from '@eventstream/read-model/sql';
import { grpcPart } from '@eventstream/service-kit/grpc';
import { httpPart } from '@eventstream/service-kit/http';
import { currencyOf } from '@eventstream/service-kit/settings';
import { doorLimits, ordersSettings } from './config.ts';
import { openDoors } from './doors.ts';
import { orderEndpoints } from './endpoints.ts';
import { orderHandlers } from './grpc/handlers.ts';
import { ordersApp } from './http/app.ts';
import { readOrders } from './read-orders.ts';
import { writeOrders } from './write-orders.ts';

/** The store gives up before the request does, so that the caller learns why, and the circuit breaker sees it. */
const storeShare = 0.8;
/** Silent streams say that they live well before a proxy, or our own limit, takes them for dead. */
const heartbeatMs = 10_000;
const sqlConnections = 10;

await runProcess({
  name: 'ordersvc',
  settings: ordersSettings,
  healthPort: 9103,
  wire: async (settings, { logger, clock }) => {
    const storeTimeoutMs = Math.ceil(settings.REQUEST_TIMEOUT * storeShare);
    const store = grpcEventStore({
      address: settings.EVENTSTORE_ADDRESS,
      logger,
      appendTimeoutMs: storeTimeoutMs,
      readTimeoutMs: storeTimeoutMs,
      queuedMax: settings.MAX_WRITES_IN_FLIGHT + 1,
    });
    const sql = openSql({
      url: settings.ORDERSDB_URL,
      applicationName: 'ordersvc',
      maxConnections: sqlConnections,
      logger,
    });
    const queries = sqlOrderQueries(sql);
    const service = {
      ...writeOrders({
        store,
        clock,
        defaultCurrency: currencyOf(settings.DEFAULT_CURRENCY),
        paymentWithinMs: settings.PAYMENT_WITHIN,
      }),
      ...readOrders({ store, queries, freshWithinMs: settings.FRESH_WITHIN }),
    };
    const doors = openDoors(doorLimits(settings), { queries, logger });
    const endpoints = orderEndpoints(service, {
      limits: {
        requestsPerSecond: settings.REQUESTS_PER_SECOND,
        requestMs: settings.REQUEST_TIMEOUT,
      },
      doors,
      logger,
      clock,
      isDatabaseAway,
    });
    const app = await ordersApp({
      endpoints,
      doors,
      logger,
      streamsMax: settings.MAX_EVENT_STREAMS,
      heartbeatMs,
      names: settings.HTTP_NAMES,
    });
    const address = settings.BIND_ADDRESS;
    return [
      storePart(store, ordersLog),
      sqlPart('ordersdb', sql, () => Promise.all([queries.checkpoint(), askToRead(sql, ['orders', 'orderitems'])])),
      { name: 'doors', checks: [], start: async () => {}, stop: async () => doors.close() },
      grpcPart({
        address,
        port: settings.ORDERS_GRPC_PORT,
        portSetting: 'ORDERS_GRPC_PORT',
        implementations: [orderHandlers(endpoints, logger)],
        logger,
      }),
      httpPart(app, { host: address, port: settings.HTTP_PORT, portSetting: 'HTTP_PORT' }),
    ];
  },
});
