import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  bootstrapperEnvironment,
  databaseUrl,
  givenSqlServer,
  inheritedEnvironment,
  neighbourAddresses,
  saysWhereTracesGo,
  serviceAddresses,
  serviceEnvironment,
} from './addresses.ts';
import { servicePlans, standardPorts } from './services.ts';

test('one SQL_URL is the base of every database; an own address of one goes before it', () => {
  const server = givenSqlServer({
    SQL_URL: 'postgresql://app:pw@db.example:26257/defaultdb?sslmode=require',
    ORDERSDB_URL: 'postgresql://other@elsewhere/orders',
  });
  assert.ok(server?.kind === 'given');
  assert.equal(
    databaseUrl(server, 'eventstoredb', 'eventstoresvc'),
    'postgresql://app:pw@db.example:26257/eventstoredb?sslmode=require',
  );
  assert.equal(databaseUrl(server, 'ordersdb', 'ordersvc'), 'postgresql://other@elsewhere/orders');
  assert.equal(server.adminUrl, 'postgresql://app:pw@db.example:26257/defaultdb?sslmode=require');
});

test('with ROLE_PASSWORDS everybody uses a role of their own on the user’s server, and the others the role of the address', () => {
  const server = givenSqlServer({
    SQL_URL: 'postgresql://root:pw@db.example:26257/defaultdb?sslmode=require',
    ROLE_PASSWORDS: '{"ordersvc":"of-ordersvc"}',
  });
  assert.ok(server !== undefined);
  const inOrders = (role: string) => databaseUrl(server, 'ordersdb', role);
  assert.equal(inOrders('ordersvc'), 'postgresql://ordersvc:of-ordersvc@db.example:26257/ordersdb?sslmode=require');
  assert.equal(inOrders('querymodelworker'), 'postgresql://root:pw@db.example:26257/ordersdb?sslmode=require');
});

test('a service is told the neighbour that the environment names, or else the one that we start', () => {
  const env = { GATEWAY_URL: 'https://provider.example' };
  assert.deepEqual(neighbourAddresses(standardPorts, 'nats://n:1', env), {
    NATS_URL: 'nats://n:1',
    EVENTSTORE_ADDRESS: '127.0.0.1:50051',
    GATEWAY_URL: 'https://provider.example',
    ORDERS_URL: 'http://127.0.0.1:3000',
  });
});

test('without any address the embedded server is wanted; with only some it is an error that names the missing one', () => {
  assert.equal(givenSqlServer({ NATS_URL: 'nats://elsewhere:4222' }), undefined);
  assert.throws(
    () => givenSqlServer({ ORDERSDB_URL: 'postgresql://other@elsewhere/orders' }),
    /EVENTSTOREDB_URL is missing/,
  );
});

test('an empty text counts as not set, as compose files write absent values', () => {
  const empty = { SQL_URL: '', EVENTSTOREDB_URL: '', ORDERSDB_URL: '', ADMIN_SQL_URL: '', ROLE_PASSWORDS: '' };
  assert.equal(givenSqlServer(empty), undefined);
  const server = givenSqlServer({ ...empty, SQL_URL: 'postgresql://app@db.example/x' });
  assert.ok(server?.kind === 'given');
  assert.equal(server.adminUrl, 'postgresql://app@db.example/x');
  assert.equal(databaseUrl(server, 'ordersdb', 'ordersvc'), 'postgresql://app@db.example/ordersdb');
  const neighbours = neighbourAddresses(standardPorts, 'nats://n:1', { GATEWAY_URL: '', EVENTSTORE_ADDRESS: '' });
  assert.equal(neighbours.GATEWAY_URL, 'http://127.0.0.1:3001');
});

test('children inherit settings, but neither secrets of others nor what npm leaves behind', () => {
  const inherited = inheritedEnvironment({
    LOG_LEVEL: 'debug',
    PATH: '/bin',
    ZIPKIN_URL: 'http://127.0.0.1:9411',
    npm_config_cache: '/x',
    PGOPTIONS: '-c x=y',
    SQL_URL: 'postgresql://secret@h/d',
    ADMIN_SQL_URL: 'postgresql://secret@h/d',
    WORKERSDB_URL: 'postgresql://secret@h/d',
    ROLE_PASSWORDS: '{}',
  });
  assert.deepEqual(inherited, { LOG_LEVEL: 'debug', PATH: '/bin', ZIPKIN_URL: 'http://127.0.0.1:9411' });
});

test("the bootstrapper of a user's own server is told no passwords of ours", () => {
  const sql = givenSqlServer({
    SQL_URL: 'postgresql://app@db.example/x',
    ADMIN_SQL_URL: 'postgresql://root@db.example/x',
  });
  assert.ok(sql !== undefined);
  assert.deepEqual(bootstrapperEnvironment({ sql, natsUrl: 'nats://n:1', env: {} }), {
    ADMIN_SQL_URL: 'postgresql://root@db.example/x',
    NATS_URL: 'nats://n:1',
  });
});

test('addresses are shown as what they speak, and workers have none', () => {
  const shown = servicePlans.map((plan) => [plan.name, ...serviceAddresses(plan, standardPorts)]);
  assert.deepEqual(shown.slice(0, 4), [
    ['eventstoresvc', 'grpc://127.0.0.1:50051'],
    ['paymentgateway', 'http://127.0.0.1:3001'],
    ['ordersvc', 'http://127.0.0.1:3000', 'grpc://127.0.0.1:50052'],
    ['paymentworker'],
  ]);
});

describe('traces', () => {
  const sql = givenSqlServer({ SQL_URL: 'postgresql://app@db.example/x' });
  assert.ok(sql !== undefined);
  const told = (name: string, env: NodeJS.ProcessEnv, services = servicePlans): NodeJS.ProcessEnv => {
    const plan = servicePlans.find((one) => one.name === name);
    assert.ok(plan !== undefined);
    const surroundings = {
      ports: standardPorts,
      sql,
      natsUrl: 'nats://n:1',
      env,
      services,
      systemFile: '/x/running.json',
    };
    return serviceEnvironment(plan, surroundings);
  };

  test('go to the console when nothing is said of them, and few of them', () => {
    const { ZIPKIN_URL: url, TRACES_PER_SECOND: perSecond } = told('ordersvc', {});
    assert.deepEqual([url, perSecond], ['http://127.0.0.1:9411', '5']);
    assert.equal(told('ordersvc', { TRACES_PER_SECOND: '70' })['TRACES_PER_SECOND'], '70');
  });

  test('of the console itself go nowhere, and without it nothing goes to it', () => {
    assert.equal(told('console', {})['ZIPKIN_URL'], undefined);
    const others = servicePlans.filter(({ name }) => name !== 'console');
    assert.equal(told('ordersvc', {}, others)['ZIPKIN_URL'], undefined);
  });

  test('go where the environment says', () => {
    assert.ok(saysWhereTracesGo({ ZIPKIN_URL: 'http://z:9411' }));
    assert.ok(saysWhereTracesGo({ TRACES_EXPORTER: 'none' }));
    assert.ok(!saysWhereTracesGo({ OTLP_URL: '' }), 'an empty text says nothing');
  });

  test('and only the console is told where the running system is written down', () => {
    assert.equal(told('console', {})['SYSTEM_FILE'], '/x/running.json');
    assert.equal(told('ordersvc', {})['SYSTEM_FILE'], undefined);
  });
});
