/** Statements that get no answer, or one that says no. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { eventually } from '@eventstream/testing/eventually';
import { openFaultProxy } from '@eventstream/testing/fault-proxy';
import { testPostgres } from '@eventstream/testing/harness';
import { createLogger } from '../telemetry/logger.ts';
import { faultOf, openSql, type Sql } from './index.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
let sql: Sql;
let url: string;

before(async () => {
  const database = await (await testPostgres()).freshDatabase();
  url = database.url;
  sql = database.open({ maxConnections: 1 });
});

describe('statements', () => {
  test('whose answer never comes are given up, in doubt, with their connection and all that is under way on it', async () => {
    const proxy = await openFaultProxy({ targetPort: Number(new URL(url).port), random: () => 0 });
    const detour = new URL(url);
    detour.port = String(proxy.port);
    const own = openSql({
      url: detour.href,
      applicationName: 'test',
      maxConnections: 1,
      logger,
      statementTimeoutMs: 1,
    });
    const pipeline = own.pipeline();
    const both = () =>
      Promise.allSettled([own.now(), pipeline.query('select 1 as one'), pipeline.query('select 2 as two')]);
    await both();
    proxy.impose({ kind: 'silent', direction: 'both' });
    const ended = await both();
    assert.deepEqual(
      ended.map((one) => one.status === 'rejected' && faultOf(one.reason)),
      ['ambiguous', 'ambiguous', 'ambiguous'],
    );
    proxy.heal();
    await eventually(both, (answers) => answers.every(({ status }) => status === 'fulfilled'));
    assert.equal(proxy.open, 2);
    await pipeline.close();
    await own.close();
    await proxy.close();
  });

  test('that fail say where they were sent from', async () => {
    const sendsNonsense = () => sql.query('select nonsense');
    await assert.rejects(sendsNonsense(), { stack: /statement\.int\.test\.ts/ });
  });
});
