/** Wiring of the console: what it looks at, what it can do, and the page that shows it. */
import { userInfo } from 'node:os';
import { ordersLog } from '@eventstream/contracts';
import { fulfilment } from '@eventstream/domain';
import { type EventReader, storePart } from '@eventstream/event-store';
import { grpcEventStore } from '@eventstream/event-store/grpc';
import { ownVersion, type Part, runProcess, type Surroundings } from '@eventstream/platform';
import { openSql, type Sql, sqlPart } from '@eventstream/platform/sql';
import { sqlOrderQueries } from '@eventstream/read-model/sql';
import type { SagaDefinition, SagaStore } from '@eventstream/saga';
import { sqlSagaStore } from '@eventstream/saga/sql';
import { httpPart } from '@eventstream/service-kit/http';
import { type DeadLetterOffice, deadLetterOffice } from '@eventstream/worker';
import { sqlDeadLetterDesk } from '@eventstream/worker/sql';
import { boundedReader, readerBounds } from './bounded-reader.ts';
import { BurstRunner, burstLimits } from './burst.ts';
import { type ConsoleSettings, processesOf, settings } from './config.ts';
import { healthOf } from './floor/ask-health.ts';
import { FloorCollector } from './floor/collector.ts';
import { composeCounters } from './floor/counters.ts';
import { lookAtSystem } from './floor/look-at-system.ts';
import { customerOf } from './http/action-routes.ts';
import { type ConsoleParts, consoleApp, zipkinApp } from './http/app.ts';
import { letterAnswer } from './http/dead-letter-routes.ts';
import { type Gateway, httpGateway, providerAnswer } from './http/gateway.ts';
import { httpOrdersApi } from './http/orders-api.ts';
import { type Broker, consoleBroker } from './jetstream/broker.ts';
import { LogTail } from './log/log-tail.ts';
import { cannotVerify, openVerified } from './open-verified.ts';
import type { OrderSources } from './orders/order-detail.ts';
import { sagaAnswer } from './orders/order-fold.ts';
import { ReviewQueue } from './orders/review-queue.ts';
import { samples } from './samples.ts';
import { approvalsSince } from './sql/approval-latency.ts';
import { sqlAuditTrail } from './sql/audit-trail.ts';
import { countOrders } from './sql/count-orders.ts';
import { databaseFigures } from './sql/database-figures.ts';
import { searchOrders } from './sql/search-orders.ts';
import { waitingReviews } from './sql/waiting-reviews.ts';
import { readIntent, readWaiting } from './sql/work-of-order.ts';
import { TraceStore } from './traces/trace-store.ts';
import { tracesPlaceOf } from './traces/traces-place.ts';
import { VerifyRunner } from './verify-runner.ts';

const serviceName = 'console';
/** All that the console asks of a database at once; orders never wait behind it for a connection. */
const sqlConnections = 3;
const statementTimeoutMs = 5_000;
/** Only what the coordinator itself judges can be stuck: a fold never says so. */
const neverStuckMs = Number.MAX_SAFE_INTEGER;

const lettersOfOrder = 50;
/** How the console bounds what it asks, for people who wonder what it costs. */
const bounds = [
  'Every process is looked at once a second while somebody watches, and once in five seconds otherwise, however many pages are open.',
  `At most ${readerBounds.atOnce} questions are in the event store’s hands at a time; the end of the log is read twice a second, 200 events at most.`,
  `At most ${sqlConnections} connections to each of two databases; a search is given up after 2 s, every other statement after 5 s.`,
  'Orders and money are counted for at most a fiftieth of the time: what takes long is counted seldom.',
];

await runProcess({
  name: serviceName,
  settings,
  healthPort: 9108,
  async wire(setting, surroundings) {
    const { logger } = surroundings;
    const pool = { applicationName: serviceName, maxConnections: sqlConnections, logger, statementTimeoutMs };
    const ordersdb = openSql({ ...pool, url: setting.ORDERSDB_URL });
    const workersdb = openSql({ ...pool, url: setting.WORKERSDB_URL });
    const store = grpcEventStore({ address: setting.EVENTSTORE_ADDRESS, logger });
    const broker = consoleBroker(setting.NATS_URL, logger);
    const reader = boundedReader(store);
    const tail = new LogTail({ store: reader, log: ordersLog, logger });
    const opened = { setting, ordersdb, workersdb, reader, broker, tail, gateway: httpGateway(setting.GATEWAY_URL) };
    const parts = partsOf(opened, surroundings);
    const app = await consoleApp(parts);
    const host = setting.BIND_ADDRESS;
    const zipkin = parts.session.traces.kind === 'here' ? [zipkinApp(parts)] : [];
    return [
      looksAt(sqlPart('ordersdb', ordersdb)),
      looksAt(sqlPart('workersdb', workersdb)),
      looksAt(storePart(store, ordersLog)),
      broker,
      parts.collector,
      tail,
      ...zipkin.map((one) => httpPart(one, { host, port: setting.ZIPKIN_PORT, portSetting: 'ZIPKIN_PORT' })),
      httpPart(app, { host, port: setting.CONSOLE_PORT, portSetting: 'CONSOLE_PORT' }),
    ];
  },
});

/** The console does its work best when something is wrong: nothing it looks at makes it unready. */
function looksAt(part: Part): Part {
  return { ...part, checks: [] };
}

/** What the console looks at. */
interface Opened {
  readonly setting: ConsoleSettings;
  readonly ordersdb: Sql;
  readonly workersdb: Sql;
  readonly reader: EventReader;
  readonly broker: Broker;
  readonly tail: LogTail;
  readonly gateway: Gateway;
}

function partsOf(opened: Opened, { logger, clock }: Surroundings): ConsoleParts {
  const { setting, ordersdb, workersdb, reader, broker, tail } = opened;
  const definition = fulfilment({ paymentWithinMs: setting.PAYMENT_WITHIN, reviewWithinMs: setting.REVIEW_WITHIN });
  const orders = httpOrdersApi(setting.ORDERS_URL);
  const bursts = new BurstRunner(async (kind) => {
    const sample = samples.find((one) => one.kind === kind);
    return sample && orders.place(sample, customerOf(sample));
  });
  const collector = collectorOf(opened, { logger, clock }, { bursts, saga: definition.name });
  const queue = new ReviewQueue({
    waiting: (page) => waitingReviews({ workersdb, ordersdb }, definition.name, page),
    store: reader,
    clock,
  });
  const sagas = sqlSagaStore({ sql: workersdb, saga: definition.name, log: ordersLog });
  const office = deadLetterOffice([sqlDeadLetterDesk(workersdb), sqlDeadLetterDesk(ordersdb)]);
  const verified = { systemFile: setting.SYSTEM_FILE, natsUrl: setting.NATS_URL, logger };
  const ordersUrl = setting.ORDERS_URL.replace(/\/+$/, '');
  return {
    session: sessionOf(setting, ordersUrl),
    collector,
    actions: { orders, bursts },
    orders: {
      search: (search) => searchOrders(ordersdb, search),
      tail,
      sources: orderSources(opened, { definition, sagas, office, ordersUrl }),
    },
    sagas: { sagas, definition, reviews: (page) => queue.page(page) },
    letters: { office, store: reader, log: ordersLog },
    log: { store: reader, log: ordersLog, tail },
    health: healthOf({
      collector,
      databases: () => databaseFigures(workersdb),
      broker: () => broker.figures(),
      bounds,
    }),
    verify: { verify: new VerifyRunner({ open: () => openVerified(verified), clock, logger }) },
    traces: new TraceStore({ tracesMax: setting.TRACES_HELD, bytesMax: setting.TRACES_HELD_BYTES }),
    trail: sqlAuditTrail(workersdb),
    logger,
    clock,
    streamsMax: setting.CONSOLE_STREAMS,
  };
}

/** Where all that is known of one order comes from. */
function orderSources(
  { ordersdb, workersdb, reader, gateway }: Opened,
  { definition, sagas, office, ordersUrl }: OrderKeepers,
): OrderSources {
  return {
    store: reader,
    row: (id) => sqlOrderQueries(ordersdb).get(id),
    saga: async (stream) => {
      const entry = await sagas.find(stream);
      return entry === undefined ? null : sagaAnswer(definition, entry);
    },
    intent: (id) => readIntent(workersdb, id),
    provider: (id) => providerAnswer(gateway, id),
    letters: async (stream) => (await office.list({ stream, limit: lettersOfOrder })).map(letterAnswer),
    waiting: (stream) => readWaiting(workersdb, stream),
    rules: { definition, undoStuckAfterMs: neverStuckMs },
    ordersUrl,
  };
}

interface OrderKeepers {
  readonly definition: SagaDefinition;
  readonly sagas: SagaStore;
  readonly office: DeadLetterOffice;
  readonly ordersUrl: string;
}

function sessionOf(setting: ConsoleSettings, ordersUrl: string): ConsoleParts['session'] {
  return {
    operator: userInfo().username,
    ordersUrl,
    version: ownVersion(),
    samples: samples.map(({ kind, title, means, ends }) => ({ kind, title, means, ends })),
    traces: tracesPlaceOf(setting),
    burst: { ordersMax: burstLimits.ordersMax, perSecondMax: burstLimits.perSecondMax },
    canVerify: setting.SYSTEM_FILE !== undefined,
    cannotVerifyWhy: setting.SYSTEM_FILE === undefined ? cannotVerify : null,
  };
}

function collectorOf(
  { setting, ordersdb, workersdb, reader, broker, gateway }: Opened,
  { logger, clock }: Surroundings,
  { bursts, saga }: { readonly bursts: BurstRunner; readonly saga: string },
): FloorCollector {
  const processes = processesOf(setting);
  return new FloorCollector({
    look: () =>
      lookAtSystem({
        systemFile: setting.SYSTEM_FILE,
        processes,
        store: reader,
        postgres: () => ordersdb.query('select 1'),
        nats: broker.checks[0],
        approvalsSince: (sinceMs) => approvalsSince(workersdb, saga, sinceMs),
        clock,
      }),
    count: async (isBehind) => {
      const books = await gateway.turnover().catch(() => undefined);
      return composeCounters(await countOrders(ordersdb), books, { atMs: clock.nowMs(), isBehind });
    },
    burst: () => bursts.current,
    logger,
  });
}
