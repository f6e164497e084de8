import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { position } from '@eventstream/contracts';
import { migrate, type Sql } from '@eventstream/platform/sql';
import { newIncarnation } from '@eventstream/testing/contracts';
import { testPostgres } from '@eventstream/testing/harness';
import { freshLog } from '../relay/relay-world.fixture.ts';
import { relayMigrations } from './migrations.ts';
import { SqlRelayLease } from './relay-lease.ts';

const claims = (ttlMs: number) => {
  const log = freshLog();
  return { one: { log, holder: 'one', ttlMs }, two: { log, holder: 'two', ttlMs } };
};

describe('the relay’s lease in the database', () => {
  let sql: Sql;
  before(async () => {
    const database = await (await testPostgres()).freshDatabase();
    sql = database.open();
    await migrate(sql, { component: 'relay', migrations: relayMigrations });
  });

  test('goes to one holder only, however many ask at once', async () => {
    const lease = new SqlRelayLease(sql);
    const { one } = claims(60_000);
    const holders = Array.from({ length: 8 }, (_, index) => ({ ...one, holder: `h${index}` }));
    const terms = await Promise.all(holders.map((claim) => lease.acquire(claim)));
    assert.equal(terms.filter((term) => term !== undefined).length, 1);
  });

  test('is kept by its holder and lost when it has run out, with the mark passed on', async () => {
    const lease = new SqlRelayLease(sql);
    const { one, two } = claims(60_000);
    const mark = { position: position(42), incarnation: newIncarnation() };
    const first = await lease.acquire(one);
    assert.deepEqual(first, { epoch: 1, mark: undefined });
    assert.equal(await lease.acquire(two), undefined);
    assert.equal(await lease.renew({ ...one, ttlMs: 0 }, 1, mark), true);
    assert.deepEqual(await lease.acquire(two), { epoch: 2, mark });
    assert.equal(await lease.renew(one, 1, undefined), false);
    assert.equal(await lease.acquire(one), undefined);
  });

  test('is none when it ends further ahead than any could: the database’s clock was set back since', async () => {
    const lease = new SqlRelayLease(sql);
    const { one, two } = claims(60_000);
    await lease.acquire(one);
    await sql.execute(`update relay_leases set expires_at = expires_at + interval '1 hour' where log = $1`, [one.log]);
    assert.equal((await lease.acquire(two))?.epoch, 2);
    assert.equal(await lease.acquire(one), undefined);
  });

  test('is free at once when it was released, and only its holder can release it', async () => {
    const lease = new SqlRelayLease(sql);
    const { one, two } = claims(60_000);
    const mark = { position: position(7), incarnation: newIncarnation() };
    const term = await lease.acquire(one);
    assert.ok(term !== undefined);
    await lease.release(two, term.epoch, undefined);
    await lease.release(one, term.epoch + 1, undefined);
    assert.equal(await lease.acquire(two), undefined);
    await lease.release(one, term.epoch, mark);
    assert.deepEqual(await lease.acquire(two), { epoch: 2, mark });
  });
});
