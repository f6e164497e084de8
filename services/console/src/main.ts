/** Wiring of the console: what it looks at, what it can do, and the page that shows it. */
import { userInfo } from 'node:os';
import { fulfilment } from '@eventstream/domain';
import { storePart } from '@eventstream/event-store';
import { grpcEventStore } from '@eventstream/event-store/grpc';
import { ownVersion, runProcess } from '@eventstream/platform';
import { openSql, sqlPart } from '@eventstream/platform/sql';
import { httpService } from '@eventstream/service-kit/http';
import { BurstRunner, burstLimits } from './burst.ts';
import { settings } from './config.ts';
import { FloorCollector } from './floor/collector.ts';
import { composeCounters } from './floor/counters.ts';
import { lookAtSystem } from './floor/look-at-system.ts';
import { customerOf } from './http/action-routes.ts';
import { consoleApp } from './http/app.ts';
import { httpGateway } from './http/gateway.ts';
import { httpOrdersApi } from './http/orders-api.ts';
import { natsBroker } from './jetstream/broker.ts';
import { samples } from './samples.ts';
import { approvalsSince } from './sql/approval-latency.ts';
import { sqlAuditTrail } from './sql/audit-trail.ts';
import { countOrders } from './sql/count-orders.ts';
import { tracesPlaceOf } from './traces/traces-place.ts';

const serviceName = 'console';
/** All that the console asks of a database at once; orders never wait behind it for a connection. */
const sqlConnections = 3;

await runProcess({
  name: serviceName,
  settings,
  healthPort: 9108,
  async wire(setting, { log, clock }) {
    const definition = fulfilment({ paymentWithinMs: setting.PAYMENT_WITHIN, reviewWithinMs: setting.REVIEW_WITHIN });
    const pool = { applicationName: serviceName, maxConnections: sqlConnections, log, statementTimeoutMs: 5_000 };
    const ordersdb = openSql({ ...pool, url: setting.ORDERSDB_URL });
    const workersdb = openSql({ ...pool, url: setting.WORKERSDB_URL });
    const store = grpcEventStore({ address: setting.EVENTSTORE_ADDRESS, log });
    const broker = natsBroker(setting.NATS_URL, log);
    const gateway = httpGateway(setting.GATEWAY_URL);
    const processes = new Map(setting.PROCESSES.split(',').map((one) => splitOnce(one)));
    const orders = httpOrdersApi(setting.ORDERS_URL);
    const bursts = new BurstRunner((kind) => {
      const sample = samples.find((one) => one.kind === kind) ?? samples[0];
      return sample === undefined ? Promise.resolve() : orders.place(sample, customerOf(sample));
    });
    const collector = new FloorCollector({
      look: () =>
        lookAtSystem({
          systemFile: setting.SYSTEM_FILE,
          processes,
          store,
          postgres: () => ordersdb.query('select 1'),
          nats: broker.readiness,
          approvalsSince: (sinceMs) => approvalsSince(workersdb, definition.name, sinceMs),
          clock,
        }),
      count: async (isBehind) => {
        const books = await gateway.turnover().catch(() => undefined);
        return composeCounters(await countOrders(ordersdb), books, { atMs: clock.nowMs(), isBehind });
      },
      burst: () => bursts.current,
      log,
    });
    const app = await consoleApp({
      session: {
        operator: userInfo().username,
        ordersUrl: setting.ORDERS_URL.replace(/\/+$/, ''),
        version: ownVersion(),
        samples: samples.map(({ kind, title, means, ends }) => ({ kind, title, means, ends })),
        traces: tracesPlaceOf(setting),
        burst: { ordersMax: burstLimits.ordersMax, perSecondMax: burstLimits.perSecondMax },
        canVerify: false,
        cannotVerifyWhy: 'Run `npx eventstream verify` in a terminal.',
      },
      collector,
      actions: { orders, bursts, trail: sqlAuditTrail(workersdb) },
      log,
      streamsMax: setting.CONSOLE_STREAMS,
    });
    return {
      services: [
        sqlPart('ordersdb', ordersdb),
        sqlPart('workersdb', workersdb),
        storePart(store),
        broker,
        collector,
        httpService(app, { host: setting.BIND_ADDRESS, port: setting.CONSOLE_PORT, portSetting: 'CONSOLE_PORT' }),
      ],
      // The console does its work best when something is wrong: nothing it looks at makes it unready.
      readiness: [broker.readiness],
    };
  },
});

function splitOnce(pair: string): readonly [string, string] {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}
