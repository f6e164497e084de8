/** Wiring of the console: what it looks at, what it can do, and the page that shows it. */
import { userInfo } from 'node:os';
import { ordersLog } from '@eventstream/contracts';
import { fulfilment } from '@eventstream/domain';
import { type EventReader, storePart } from '@eventstream/event-store';
import { grpcEventStore } from '@eventstream/event-store/grpc';
import {
  CodedError,
  type CommonSettings,
  type Logger,
  ownVersion,
  type Part,
  runProcess,
  type Surroundings,
} from '@eventstream/platform';
import { openSql, type Sql, sqlPart } from '@eventstream/platform/sql';
import { sqlOrderQueries } from '@eventstream/read-model/sql';
import { sqlSagaStore } from '@eventstream/saga/sql';
import { httpPart } from '@eventstream/service-kit/http';
import { openVerification } from '@eventstream/verification/system';
import { deadLetterOffice } from '@eventstream/worker';
import { sqlDeadLetterDesk } from '@eventstream/worker/sql';
import type { Static } from 'typebox';
import { boundedReader, readerBounds } from './bounded-reader.ts';
import { BurstRunner, burstLimits } from './burst.ts';
import { settings } from './config.ts';
import { AboutProcesses } from './floor/about-processes.ts';
import { FloorCollector } from './floor/collector.ts';
import { composeHealth } from './floor/compose-health.ts';
import { composeCounters } from './floor/counters.ts';
import { lookAtSystem } from './floor/look-at-system.ts';
import { readSystemFile } from './floor/system-file.ts';
import { customerOf } from './http/action-routes.ts';
import { type ConsoleParts, consoleApp, zipkinApp } from './http/app.ts';
import { letterAnswer } from './http/dead-letter-routes.ts';
import { type Gateway, httpGateway, providerAnswer } from './http/gateway.ts';
import { httpOrdersApi } from './http/orders-api.ts';
import { type Broker, consoleBroker } from './jetstream/broker.ts';
import { LogTail } from './log/log-tail.ts';
import { onceWithin } from './once-within.ts';
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
import { type Verifiable, VerifyRunner } from './verify-runner.ts';

type Settings = Static<typeof settings> & CommonSettings;

const serviceName = 'console';
/** All that the console asks of a database at once; orders never wait behind it for a connection. */
const sqlConnections = 3;
const statementTimeoutMs = 5_000;
/** The figures of servers are asked for once in this time, however many look at them. */
const figuresMs = 3_000;
/** Only what the coordinator itself judges can be stuck: a fold never says so. */
const neverStuckMs = Number.MAX_SAFE_INTEGER;

const lettersOfOrder = 50;
const cannotVerify =
  'This console does not know the addresses of the role that reads everything: run `npx eventstream verify` in a terminal.';

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
    const sources = { setting, ordersdb, workersdb, reader, broker, tail, gateway: httpGateway(setting.GATEWAY_URL) };
    const parts = partsOf(sources, surroundings);
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

interface Sources {
  readonly setting: Settings;
  readonly ordersdb: Sql;
  readonly workersdb: Sql;
  readonly reader: EventReader;
  readonly broker: Broker;
  readonly tail: LogTail;
  readonly gateway: Gateway;
}

function partsOf(sources: Sources, { logger, clock }: Surroundings): ConsoleParts {
  const { setting, ordersdb, workersdb, reader, tail } = sources;
  const definition = fulfilment({ paymentWithinMs: setting.PAYMENT_WITHIN, reviewWithinMs: setting.REVIEW_WITHIN });
  const orders = httpOrdersApi(setting.ORDERS_URL);
  const bursts = new BurstRunner(async (kind) => {
    const sample = samples.find((one) => one.kind === kind);
    return sample && orders.place(sample, customerOf(sample));
  });
  const collector = collectorOf(sources, { logger, clock }, { bursts, saga: definition.name });
  const queue = new ReviewQueue({
    waiting: (page) => waitingReviews({ workersdb, ordersdb }, definition.name, page),
    store: reader,
    clock,
  });
  const sagas = sqlSagaStore({ sql: workersdb, saga: definition.name, log: ordersLog });
  const office = deadLetterOffice([sqlDeadLetterDesk(workersdb), sqlDeadLetterDesk(ordersdb)]);
  const ordersUrl = setting.ORDERS_URL.replace(/\/+$/, '');
  return {
    session: sessionOf(setting, ordersUrl),
    collector,
    actions: { orders, bursts },
    orders: {
      search: (search) => searchOrders(ordersdb, search),
      tail,
      sources: {
        store: reader,
        row: (id) => sqlOrderQueries(ordersdb).get(id),
        saga: async (stream) => {
          const entry = await sagas.find(stream);
          return entry === undefined ? null : sagaAnswer(definition, entry);
        },
        intent: (id) => readIntent(workersdb, id),
        provider: (id) => providerAnswer(sources.gateway, id),
        letters: async (stream) => (await office.list({ stream, limit: lettersOfOrder })).map(letterAnswer),
        waiting: (stream) => readWaiting(workersdb, stream),
        rules: { definition, undoStuckAfterMs: neverStuckMs },
        ordersUrl,
      },
    },
    sagas: { sagas, definition, reviews: (page) => queue.page(page) },
    letters: { office, store: reader, log: ordersLog },
    log: { store: reader, log: ordersLog, tail },
    health: healthOf(sources, collector),
    verify: { verify: new VerifyRunner({ open: () => openVerified(setting, logger), clock, logger }) },
    traces: new TraceStore({ tracesMax: setting.TRACES_HELD, bytesMax: setting.TRACES_HELD_BYTES }),
    trail: sqlAuditTrail(workersdb),
    logger,
    clock,
    streamsMax: setting.CONSOLE_STREAMS,
  };
}

/** The system whose file this console was told, opened as the role that reads everything. */
async function openVerified(setting: Settings, logger: Logger): Promise<Verifiable | string> {
  const file = setting.SYSTEM_FILE === undefined ? undefined : await readSystemFile(setting.SYSTEM_FILE);
  if (file === undefined) return cannotVerify;
  return openVerification({
    databaseUrl(database) {
      const url = file.databases[database]?.['verifier'];
      if (url === undefined)
        throw new CodedError('role_unknown', `there is no address of ${database} for the verifier`);
      return url;
    },
    natsUrl: () => setting.NATS_URL,
    applicationName: 'console verify',
    logger,
  });
}

function sessionOf(setting: Settings, ordersUrl: string): ConsoleParts['session'] {
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
  { setting, ordersdb, workersdb, reader, broker, gateway }: Sources,
  { logger, clock }: Surroundings,
  { bursts, saga }: { readonly bursts: BurstRunner; readonly saga: string },
): FloorCollector {
  const processes = new Map(
    setting.PROCESSES.split(',').map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
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

function healthOf({ workersdb, broker }: Sources, collector: FloorCollector): ConsoleParts['health'] {
  const about = new AboutProcesses();
  const figures = onceWithin(figuresMs, () =>
    Promise.all([databaseFigures(workersdb), broker.figures().catch(() => undefined)]),
  );
  return async () => {
    const { before, now } = await collector.looks();
    const [told, [databases, brokerFigures]] = await Promise.all([about.of(now), figures()]);
    return composeHealth({ before, now, about: told, databases, broker: brokerFigures, bounds });
  };
}
