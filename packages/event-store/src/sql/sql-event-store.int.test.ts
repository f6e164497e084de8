import { before } from 'node:test';
import { createLogger } from '@eventstream/platform';
import { migrate, type Sql } from '@eventstream/platform/sql';
import { eventStoreContract } from '@eventstream/testing/contracts';
import { testPostgres } from '@eventstream/testing/harness';
import { createLog } from './create-log.ts';
import { eventStoreComponent, eventStoreMigrations } from './migrations.ts';
import { sqlEventStore } from './sql-event-store.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
let sql: Sql;

before(async () => {
  const { freshDatabase } = await testPostgres();
  sql = (await freshDatabase()).open();
  await migrate(sql, { component: eventStoreComponent, migrations: eventStoreMigrations });
});

eventStoreContract({
  name: 'PostgreSQL',
  open: async ({ registry, queuedMax }) => {
    for (const log of registry.types.keys()) await createLog(sql, log);
    return sqlEventStore({ sql, registry, logger, ...(queuedMax === undefined ? {} : { limits: { queuedMax } }) });
  },
});
