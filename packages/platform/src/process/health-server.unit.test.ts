import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Type } from 'typebox';
import { Duration, Url } from '../settings/setting-types.ts';
import { counter } from '../telemetry/metrics.ts';
import { aboutThisProcess } from './about.ts';
import { createHealthApp, type Phase } from './health-server.ts';
import type { Readiness } from './part.ts';

interface Setting {
  phase: Phase;
  nowMs: number;
  readiness: Readiness[];
}

function app(setting: Setting): ReturnType<typeof createHealthApp> {
  return createHealthApp({
    clock: { nowMs: () => setting.nowMs },
    phase: () => setting.phase,
    readiness: () => setting.readiness,
    about,
  });
}

const about = aboutThisProcess('test', [
  {
    schema: Type.Object({
      KEY: Type.String({ secret: true, description: 'A key' }),
      ORDERS_URL: Url({ description: 'An address', schemes: ['http'] }),
      WAIT: Duration({ description: 'A while', default: '5m' }),
      ABSENT: Type.Optional(Type.String()),
    }),
    values: { KEY: 'hush', ORDERS_URL: 'http://me:hush@127.0.0.1:1', WAIT: 300_000 },
  },
]);

test('what a process says about itself holds its settings, and neither a secret nor a password', async () => {
  const answer = await app({ phase: 'running', nowMs: 0, readiness: [] }).inject('/about');
  const { settings, name, version } = answer.json();
  assert.deepEqual([name, version], ['test', '0.1.0']);
  assert.deepEqual(settings, [
    { name: 'KEY', value: null, secret: true, isDefault: false, description: 'A key' },
    {
      name: 'ORDERS_URL',
      value: 'http://me:***@127.0.0.1:1/',
      secret: false,
      isDefault: false,
      description: 'An address',
    },
    { name: 'WAIT', value: '5m', secret: false, isDefault: true, description: 'A while' },
    { name: 'ABSENT', value: null, secret: false, isDefault: true, description: '' },
  ]);
  assert.doesNotMatch(answer.body, /hush/);
});

const database: Readiness = { name: 'database', check: async () => ({ ok: true }) };
const broker: Readiness = {
  name: 'broker',
  check: async () => ({ ok: false, reason: 'not connected', nextStep: 'start nats-server' }),
};
const broken: Readiness = {
  name: 'broken',
  check: async () => {
    throw new Error('no route');
  },
};

test('ready means running and every check passed', async () => {
  const setting: Setting = { phase: 'running', nowMs: 0, readiness: [database] };
  const answer = await app(setting).inject('/readyz');
  assert.equal(answer.statusCode, 200);
  assert.deepEqual(answer.json(), { status: 'ready', phase: 'running', checks: [{ name: 'database', ok: true }] });
});

test('one failed check makes it 503, with every check, the reason and the next step', async () => {
  const answer = await app({ phase: 'running', nowMs: 0, readiness: [database, broker, broken] }).inject('/readyz');
  assert.equal(answer.statusCode, 503);
  assert.deepEqual(answer.json().checks, [
    { name: 'database', ok: true },
    { name: 'broker', ok: false, reason: 'not connected', nextStep: 'start nats-server' },
    { name: 'broken', ok: false, reason: 'no route' },
  ]);
});

test('a failed check that is optional is shown as degraded and stays ready', async () => {
  const optional: Readiness = { ...broker, optional: true };
  const answer = await app({ phase: 'running', nowMs: 0, readiness: [database, optional] }).inject('/readyz');
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.json().status, 'degraded');
  assert.deepEqual(answer.json().checks[1], {
    name: 'broker',
    optional: true,
    ok: false,
    reason: 'not connected',
    nextStep: 'start nats-server',
  });
});

test('while starting and stopping it is alive but not ready', async () => {
  for (const phase of ['starting', 'stopping'] as const) {
    const server = app({ phase, nowMs: 0, readiness: [database] });
    assert.equal((await server.inject('/livez')).statusCode, 200);
    assert.equal((await server.inject('/readyz')).statusCode, 503);
  }
});

test('a check that hangs counts as failed after its time', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const hanging: Readiness = { name: 'hanging', check: () => new Promise(() => {}) };
  const server = app({ phase: 'running', nowMs: 0, readiness: [hanging] });
  await server.ready();
  const asked = server.inject('/readyz');
  while (!(await settled(asked))) context.mock.timers.tick(2_000);
  assert.equal((await asked).statusCode, 503);
  assert.match((await asked).body, /no answer within 2000 ms/);
});

async function settled(promise: Promise<unknown>): Promise<boolean> {
  const turn = new Promise<boolean>((resolve) => setImmediate(() => resolve(false)));
  return Promise.race([promise.then(() => true), turn]);
}

test('checks are run once for all who ask within half a second', async () => {
  let runs = 0;
  const counted: Readiness = {
    name: 'counted',
    check: async () => {
      runs += 1;
      return { ok: true };
    },
  };
  const setting: Setting = { phase: 'running', nowMs: 0, readiness: [counted] };
  const server = app(setting);
  await Promise.all([server.inject('/readyz'), server.inject('/readyz')]);
  setting.nowMs = 499;
  await server.inject('/readyz');
  assert.equal(runs, 1);
  setting.nowMs = 500;
  await server.inject('/readyz');
  assert.equal(runs, 2);
});

test('metrics are in Prometheus’ format, and a name stands for one metric', async () => {
  counter('test_orders_total', 'Orders', ['outcome']).inc({ outcome: 'placed' }, 2);
  counter('test_orders_total', 'Orders', ['outcome']).inc({ outcome: 'placed' });
  const answer = await app({ phase: 'running', nowMs: 0, readiness: [] }).inject('/metrics');
  assert.match(answer.body, /test_orders_total\{outcome="placed"\} 3/);
  assert.match(String(answer.headers['content-type']), /text\/plain/);
});
