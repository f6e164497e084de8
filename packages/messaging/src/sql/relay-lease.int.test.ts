import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { migrate, type Sql } from '@eventstream/platform/sql';
import { relayLeaseContract, rivals } from '@eventstream/testing/contracts';
import { testPostgres } from '@eventstream/testing/harness';
import { relayMigrations } from './migrations.ts';
import { SqlRelayLease } from './relay-lease.ts';

let pool: Sql | undefined;
const opened = (): Sql => pool ?? assert.fail('the database is not open');

before(async () => {
  const database = await (await testPostgres()).freshDatabase();
  pool = database.open();
  await migrate(pool, { component: 'relay', migrations: relayMigrations });
});

relayLeaseContract({ name: 'sql', open: () => new SqlRelayLease(opened()) });

test('is none when it ends further ahead than any could: the database’s clock was set back since', async () => {
  const lease = new SqlRelayLease(opened());
  const { one, two } = rivals(60_000);
  await lease.acquire(one);
  await opened().execute(`update relay_leases set expires_at = expires_at + interval '1 hour' where log = $1`, [
    one.log,
  ]);
  assert.equal((await lease.acquire(two))?.epoch, 2);
  assert.equal(await lease.acquire(one), undefined);
});
