import assert from 'node:assert/strict';
import { before } from 'node:test';
import { logName } from '@eventstream/contracts';
import { newId } from '@eventstream/platform';
import { migrate, type Sql } from '@eventstream/platform/sql';
import { sagaStoreContract } from '@eventstream/testing/contracts';
import { testPostgres } from '@eventstream/testing/harness';
import { sagaComponent, sagaMigrations, sqlSagaStore } from './index.ts';

let pools: readonly [Sql, Sql] | undefined;
const opened = (): readonly [Sql, Sql] => pools ?? assert.fail('the database is not open');

before(async () => {
  const database = await (await testPostgres()).freshDatabase();
  pools = [database.open({ maxConnections: 4 }), database.open({ maxConnections: 4 })];
  await migrate(pools[0], { component: sagaComponent, migrations: sagaMigrations });
});

sagaStoreContract({
  name: 'sql',
  open: async () => {
    const [one, two] = opened();
    const of = { saga: `trip-${newId()}`, log: logName('TRIPS') };
    return [sqlSagaStore({ sql: one, ...of }), sqlSagaStore({ sql: two, ...of })];
  },
  nowMs: async () => (await opened()[0].now()).getTime(),
});
