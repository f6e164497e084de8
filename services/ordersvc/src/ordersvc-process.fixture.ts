/** ordersvc as a process of its own, over a real PostgreSQL and an event store that a test serves. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { incarnation, nowhere, orderEventTypes, orderIdOf, ordersLog, type Position } from '@eventstream/contracts';
import type { EventStore } from '@eventstream/event-store';
import { eventStoreService } from '@eventstream/event-store/grpc';
import { memoryEventStore } from '@eventstream/event-store/memory';
import { freePort } from '@eventstream/local-servers';
import { newId, systemClock } from '@eventstream/platform';
import { type GrpcServer, startGrpcServer } from '@eventstream/platform/grpc';
import { migrate } from '@eventstream/platform/sql';
import { readModelMigrations } from '@eventstream/read-model/sql';
import { testPostgres } from '@eventstream/testing/harness';
import { endProgram } from '@eventstream/testing/program';
import { quietLogger, sampleOrder } from './orders-in-memory.fixture.ts';

/** What the process talks to. */
export interface Surroundings {
  readonly store: EventStore;
  readonly environment: Readonly<Record<string, string>>;
  readonly httpPort: number;
  /** Stops serving the store; what it holds stays. */
  stopStore(): Promise<void>;
  startStore(): Promise<void>;
}

/** A database for the read model, and an event store that can be taken off the network and put back. */
export async function surroundings(
  t: TestContext,
  served = (store: EventStore): EventStore => store,
): Promise<Surroundings> {
  const database = await (await testPostgres()).freshDatabase();
  await migrate(database.open({ maxConnections: 1 }), { component: 'read-model', migrations: readModelMigrations });
  const store = memoryEventStore({
    registry: { types: new Map([[ordersLog, new Set<string>(Object.values(orderEventTypes))]]) },
    clock: systemClock,
    newIncarnation: () => incarnation(newId()),
  });
  const [storePort, httpPort, grpcPort] = [await freePort(), await freePort(), await freePort()];
  let server: GrpcServer | undefined;
  const startStore = async (): Promise<void> => {
    server = await startGrpcServer({
      address: '127.0.0.1',
      port: storePort,
      implementations: [eventStoreService({ store: served(store), logger: quietLogger })],
      logger: quietLogger,
    });
  };
  await startStore();
  const stopStore = async (): Promise<void> => server?.stop();
  t.after(async () => {
    await stopStore();
    await store.close();
  });
  return {
    store,
    httpPort,
    startStore,
    stopStore,
    environment: {
      EVENTSTORE_ADDRESS: `127.0.0.1:${storePort}`,
      ORDERSDB_URL: database.url,
      HTTP_PORT: String(httpPort),
      ORDERS_GRPC_PORT: String(grpcPort),
      HEALTH_PORT: '0',
      LOG_LEVEL: 'fatal',
    },
  };
}

/** A store that appends one event after the other, so many milliseconds each ten. */
export function slowly(msForTen: number): (store: EventStore) => EventStore {
  return (store) => {
    let waiting = 0;
    let turn = Promise.resolve();
    return new Proxy(store, {
      get(target, name) {
        if (name !== 'append') {
          const value: unknown = Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        }
        return async (...given: Parameters<EventStore['append']>) => {
          if (waiting++ % 10 === 0) turn = turn.then(() => new Promise((resolve) => setTimeout(resolve, msForTen)));
          await turn;
          return target.append(...given);
        };
      },
    });
  };
}

/** Starts the program, whatever becomes of it. Killed when the test is over. */
export function launch(t: TestContext, environment: Readonly<Record<string, string>>): ChildProcess {
  const child = fork(join(import.meta.dirname, 'main.ts'), {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  t.after(() => endProgram(child, 'SIGKILL'));
  return child;
}

/** Starts the service and waits until it serves. */
export async function start(t: TestContext, around: Surroundings, change: Record<string, string> = {}) {
  const child = launch(t, { ...around.environment, ...change });
  const [message] = await once(child, 'message');
  const healthPort: number = message.healthPort;
  const api = `http://127.0.0.1:${around.httpPort}`;
  const post = (key?: string) =>
    fetch(`${api}/api/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) },
      body: JSON.stringify(sampleOrder),
    });
  return { child, healthPort, api, post };
}

/** The orders that the log knows. */
export async function storedOrders(store: EventStore): Promise<Set<string>> {
  const ids = new Set<string>();
  for (let after: Position = nowhere; ; ) {
    const page = await store.readLog(ordersLog, after, { limit: 1000 });
    for (const event of page.events) ids.add(orderIdOf(event.stream) ?? '');
    if (page.scannedTo >= page.head) return ids;
    after = page.scannedTo;
  }
}
