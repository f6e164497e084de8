import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { type Incarnation, incarnation, nowhere, ordersLog } from '@eventstream/contracts';
import { createLog } from '@eventstream/event-store/sql';
import { connectNats } from '@eventstream/messaging/jetstream';
import { CodedError, codeOf, createLogger, newId } from '@eventstream/platform';
import { openSql } from '@eventstream/platform/sql';
import { ownNats, testPostgres } from '@eventstream/testing/harness';
import { jetstreamManager } from '@nats-io/jetstream';
import { databaseUrl, placeOf } from './database-place.ts';
import { databasePlans, roleNames } from './databases.ts';
import { settingsOfRole } from './role-settings.ts';
import { bootstrapSql } from './sql-bootstrap.ts';
import { bootstrapStream } from './stream-bootstrap.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const passwords = Object.fromEntries(roleNames.map((role) => [role, randomBytes(18).toString('base64url')]));

async function urlOf(role: string, database: string): Promise<string> {
  const { server } = await testPostgres();
  const url = new URL(databaseUrl(server.url('postgres'), database));
  url.username = role;
  url.password = passwords[role] ?? '';
  return url.href;
}

describe('bootstrapping SQL', () => {
  test('twenty at once make every database, role and table once, and again changes nothing', async () => {
    const { server } = await testPostgres();
    const bootstrap = (): ReturnType<typeof bootstrapSql> =>
      bootstrapSql({ adminUrl: server.url('postgres'), plans: databasePlans, passwords, logger });
    const reports = await Promise.all(Array.from({ length: 20 }, bootstrap));
    assert.equal(reports.flatMap((report) => report.databasesCreated).length, databasePlans.length);
    assert.equal(reports.flatMap((report) => report.rolesCreated).length, roleNames.length);
    const wanted = databasePlans.flatMap((plan) => plan.components).flatMap((component) => component.migrations).length;
    assert.equal(
      reports.reduce((sum, report) => sum + report.migrationsApplied, 0),
      wanted,
    );
    assert.deepEqual(await bootstrap(), { databasesCreated: [], rolesCreated: [], migrationsApplied: 0 });
  });

  test('twenty at once give the roles their first settings, though each of them is about to', async () => {
    const { server } = await testPostgres();
    const adminUrl = server.url('postgres');
    const admin = openSql({ url: adminUrl, applicationName: 'test', maxConnections: 1, logger });
    try {
      for (let round = 0; round < 3; round += 1) {
        for (const role of roleNames) await admin.execute(`alter role ${role} reset all`);
        const bootstrap = () => bootstrapSql({ adminUrl, plans: databasePlans, passwords, logger });
        await Promise.all(Array.from({ length: 20 }, bootstrap));
        const rows = await admin.query<{ rolname: string; rolconfig: string[] | null }>(
          'select rolname, rolconfig from pg_roles where rolname = any($1)',
          [roleNames],
        );
        for (const { rolname, rolconfig } of rows) {
          const wanted = Object.entries(settingsOfRole(rolname)).map(([setting, value]) => `${setting}=${value}`);
          assert.deepEqual((rolconfig ?? []).toSorted(), wanted.toSorted(), rolname);
        }
      }
    } finally {
      await admin.close();
    }
  });

  test("the event store's role may read and add events, and neither change nor remove one", async () => {
    const sql = openSql({
      url: await urlOf('eventstoresvc', 'eventstoredb'),
      applicationName: 'test',
      maxConnections: 1,
      logger,
    });
    try {
      await sql.query('select count(*) from events');
      for (const statement of [
        `update events set type = 'x'`,
        'delete from events',
        'truncate events',
        'drop table events',
      ])
        await assert.rejects(sql.execute(statement), (error) => codeOf(error) === '42501', statement);
    } finally {
      await sql.close();
    }
  });

  test('a service finds rows by their keys, however small the tables were when its plans were made', async () => {
    const sql = openSql({
      url: await urlOf('paymentworker', 'workersdb'),
      applicationName: 'test',
      maxConnections: 1,
      logger,
    });
    try {
      const plan = await sql.query<{ 'QUERY PLAN': string }>(
        `explain update payment_intents set state = s.state from unnest($1::uuid[], $2::text[]) as s (id, state)
         where order_id = s.id`,
        [[newId()], ['debited']],
      );
      const text = plan.map((line) => line['QUERY PLAN']).join('\n');
      assert.match(text, /Index (Only )?Scan using payment_intents_pkey/);
    } finally {
      await sql.close();
    }
  });

  test('says which table somebody has removed, and how it comes back: no migration makes it again', async () => {
    const { server } = await testPostgres();
    const adminUrl = server.url('postgres');
    const admin = openSql({
      url: databaseUrl(adminUrl, 'ordersdb'),
      applicationName: 'test',
      maxConnections: 1,
      logger,
    });
    const bootstrap = () => bootstrapSql({ adminUrl, plans: databasePlans, passwords, logger });
    await admin.execute('alter table orderitems rename to elsewhere');
    await assert.rejects(bootstrap(), (error: unknown) => {
      assert.ok(error instanceof CodedError);
      assert.equal(error.message, 'somebody has removed from ordersdb what was made there: orderitems');
      assert.match(error.nextStep ?? '', /backup.*or drop the database, and start again/);
      return true;
    });
    await admin.execute('alter table elsewhere rename to orderitems');
    await admin.close();
    assert.equal((await bootstrap()).migrationsApplied, 0);
  });

  test('nobody but the provider and the verifier reads the books', async () => {
    for (const role of ['eventstoresvc', 'ordersvc', 'paymentworker', 'querymodelworker', 'console']) {
      const sql = openSql({ url: await urlOf(role, 'gatewaydb'), applicationName: 'test', maxConnections: 1, logger });
      await assert.rejects(sql.query('select * from ledger_entries'), (error) => codeOf(error) === '42501', role);
      await sql.close();
    }
  });
});

describe('bootstrapping databases that have addresses of their own', () => {
  test('fills those that the addresses name, on the administrator’s server, and makes them', async () => {
    const { server } = await testPostgres();
    const [adminUrl, mine] = [server.url('postgres'), 'of mine'];
    const url = databaseUrl(adminUrl, mine);
    const addresses = { EVENTSTOREDB_URL: url, ORDERSDB_URL: url, WORKERSDB_URL: url, GATEWAYDB_URL: url };
    const made = await bootstrapSql({ adminUrl, addresses, plans: databasePlans, passwords, logger });
    assert.deepEqual(made.databasesCreated, [mine]);
    const sql = openSql({ url, applicationName: 'test', maxConnections: 1, logger });
    const tables = await sql.query<{ name: string }>('select table_name as name from information_schema.tables');
    await sql.close();
    const names = new Set(tables.map(({ name }) => name));
    assert.deepEqual(
      ['events', 'orders', 'sagas', 'payments'].filter((name) => !names.has(name)),
      [],
    );
  });

  test('refuses one that does not keep every letter, and makes it anew once it is gone', async () => {
    const { server } = await testPostgres();
    const adminUrl = server.url('postgres');
    const admin = openSql({ url: adminUrl, applicationName: 'test', maxConnections: 1, logger });
    await admin.execute("create database narrow template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'");
    const bootstrapIn = (name: string) => {
      const ORDERSDB_URL = databaseUrl(adminUrl, name);
      return bootstrapSql({ adminUrl, addresses: { ORDERSDB_URL }, plans: databasePlans, passwords, logger });
    };
    await assert.rejects(bootstrapIn('narrow'), {
      code: 'database_encoding',
      message: /^database ordersdb keeps text as LATIN1/,
    });
    await admin.execute('drop database narrow');
    assert.deepEqual((await bootstrapIn('narrow')).databasesCreated, ['narrow']);
    await admin.close();
  });

  test('takes the role of an address on another server, and makes no roles there', async () => {
    const { server } = await testPostgres();
    const adminUrl = server.url('postgres');
    const elsewhere = new URL(databaseUrl(adminUrl, 'elsewhere'));
    elsewhere.hostname = 'localhost';
    const addresses = { ORDERSDB_URL: elsewhere.href };
    const plan = { name: 'ordersdb', setting: 'ORDERSDB_URL' } as const;
    const place = { name: 'elsewhere', url: elsewhere.href, isAdministrators: false };
    assert.deepEqual(placeOf(plan, { adminUrl, addresses }), place);
    await assert.rejects(
      bootstrapSql({ adminUrl, addresses, plans: databasePlans, passwords, logger }),
      (error) => codeOf(error) === 'database_on_other_server',
    );
    elsewhere.pathname = '';
    assert.throws(() => placeOf(plan, { adminUrl, addresses: { ORDERSDB_URL: elsewhere.href } }), {
      code: 'database_name_missing',
    });
  });
});

describe('bootstrapping the copy at the broker', () => {
  const life = (): Incarnation => incarnation(newId());

  test('makes it once, finds it again, and reports how it differs', async () => {
    const nats = await ownNats();
    const { server } = await testPostgres();
    const sql = openSql({
      url: databaseUrl(server.url('postgres'), 'eventstoredb'),
      applicationName: 'test',
      maxConnections: 1,
      logger,
    });
    const head = await createLog(sql, ordersLog);
    await sql.close();
    const wanted = { natsUrl: nats.url, head, settings: { maxBytes: 10_000_000 }, logger };
    assert.deepEqual(await bootstrapStream(wanted), { created: true, drifts: [] });
    assert.deepEqual(await bootstrapStream(wanted), { created: false, drifts: [] });
    const { drifts } = await bootstrapStream({ ...wanted, settings: { maxBytes: 20_000_000 } });
    assert.deepEqual(
      drifts.map((drift) => drift.field),
      ['max_bytes'],
    );
    assert.match(drifts[0]?.nextStep ?? '', /nats stream edit ORDERS/);
  });

  test('makes one that keeps events for the shortest time there is', async () => {
    const nats = await ownNats();
    const head = { log: ordersLog, position: nowhere, incarnation: life() };
    const wanted = { natsUrl: nats.url, head, settings: { maxAgeMs: 60_000 }, logger };
    assert.deepEqual(await bootstrapStream(wanted), { created: true, drifts: [] });
  });

  test('shows another life of the log as a difference, with the way out, and does not overwrite it', async () => {
    const nats = await ownNats();
    const before = { log: ordersLog, position: nowhere, incarnation: life() };
    await bootstrapStream({ natsUrl: nats.url, head: before, settings: {}, logger });
    const { drifts } = await bootstrapStream({
      natsUrl: nats.url,
      head: { ...before, incarnation: life() },
      settings: {},
      logger,
    });
    assert.match(drifts[0]?.nextStep ?? '', /log import.*log new-incarnation/);
  });

  test('refuses a stream that is not ours, and leaves it as it was', async () => {
    const nats = await ownNats();
    const connection = await connectNats({ url: nats.url, name: 'test', logger });
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: 'ORDERS', subjects: ['ORDERS.*'], description: 'of somebody else' });
    const head = { log: ordersLog, position: nowhere, incarnation: life() };
    await assert.rejects(
      bootstrapStream({ natsUrl: nats.url, head, settings: {}, logger }),
      (error) => codeOf(error) === 'stream_foreign',
    );
    assert.equal((await manager.streams.info('ORDERS')).config.description, 'of somebody else');
    await connection.close();
  });
});
