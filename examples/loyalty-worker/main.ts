/** Wires the loyalty worker: a process like those in `services/`, with a database of its own. */
import { orderEventTypes, ordersLog } from '@eventstream/contracts';
import { storePart } from '@eventstream/event-store';
import { grpcEventStore } from '@eventstream/event-store/grpc';
import { natsBroker } from '@eventstream/messaging/jetstream';
import { runProcess, Url } from '@eventstream/platform';
import { migrate, openSql, sqlPart } from '@eventstream/platform/sql';
import { eventStoreAddress, natsUrl } from '@eventstream/service-kit/settings';
import { createWorker } from '@eventstream/worker';
import { sqlWorkerLedger, workerComponent, workerMigrations } from '@eventstream/worker/sql';
import { Type } from 'typebox';
import { grantPoints } from './grant-points.ts';
import { pointsMigrations, sqlPointsBook } from './points-book.ts';

const name = 'loyaltyworker';

const settings = Type.Object({
  EVENTSTORE_ADDRESS: eventStoreAddress,
  NATS_URL: natsUrl,
  LOYALTYDB_URL: Url({ description: 'Database of points and dead letters', schemes: ['postgres', 'postgresql'] }),
});

await runProcess({
  name,
  settings,
  healthPort: 9110,
  async wire(setting, { logger }) {
    const sql = openSql({ url: setting.LOYALTYDB_URL, applicationName: name, maxConnections: 4, logger });
    await migrate(sql, { component: workerComponent, migrations: workerMigrations });
    await migrate(sql, { component: name, migrations: pointsMigrations });
    const store = grpcEventStore({ address: setting.EVENTSTORE_ADDRESS, logger });
    const nats = natsBroker({ url: setting.NATS_URL, name, logger });
    const worker = createWorker({
      name,
      log: ordersLog,
      handlers: new Map([[orderEventTypes.approved, grantPoints(store, sqlPointsBook(sql))]]),
      consumers: nats.consumers,
      store,
      ledger: sqlWorkerLedger(sql),
      logger,
    });
    return [sqlPart('loyaltydb', sql), storePart(store, ordersLog), nats, worker];
  },
});
