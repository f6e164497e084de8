import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { ordersLog } from '@eventstream/contracts';
import { createLog } from '@eventstream/event-store/sql';
import { connectNats, openJetStreamLogCopy } from '@eventstream/messaging/jetstream';
import { createLogger } from '@eventstream/platform';
import { openSql } from '@eventstream/platform/sql';
import { ownNats, testPostgres } from '@eventstream/testing/harness';
import { databaseUrl } from '../../../services/bootstrapper/src/database-place.ts';
import { databasePlans } from '../../../services/bootstrapper/src/databases.ts';
import { bootstrapSql } from '../../../services/bootstrapper/src/sql-bootstrap.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const program = join(import.meta.dirname, '..', 'main.ts');

test('log new-incarnation makes the broker’s copy by the settings that the relay and the bootstrapper follow', async (t) => {
  const [{ server }, nats] = [await testPostgres(), await ownNats()];
  const adminUrl = server.url('postgres');
  await bootstrapSql({ adminUrl, plans: databasePlans, passwords: undefined, logger });
  const sql = openSql({
    url: databaseUrl(adminUrl, 'eventstoredb'),
    applicationName: 'test',
    maxConnections: 1,
    logger,
  });
  t.after(() => sql.close());
  const before = await createLog(sql, ordersLog);

  const child = spawn(process.execPath, [program, 'log', 'new-incarnation', '--yes'], {
    env: {
      ...process.env,
      ...Object.fromEntries(databasePlans.map(({ name, setting }) => [setting, databaseUrl(adminUrl, name)])),
      NATS_URL: nats.url,
      STREAM_MAX_BYTES: '5000000',
      STREAM_MAX_AGE: '3h',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said = child.stderr.setEncoding('utf8').toArray();
  await once(child, 'close');
  assert.equal(child.exitCode, 0, (await said).join(''));

  const { incarnation } = await createLog(sql, ordersLog);
  assert.notEqual(incarnation, before.incarnation);
  const connection = await connectNats({ url: nats.url, name: 'test', logger });
  t.after(() => connection.close());
  const settings = { maxBytes: 5_000_000, maxAgeMs: 3 * 60 * 60 * 1000 };
  const copy = await openJetStreamLogCopy({ connection, log: ordersLog, settings });
  assert.equal((await copy.inspect()).kind, 'ours');
  assert.deepEqual(await copy.drifts(incarnation), []);
  copy.close();
});
