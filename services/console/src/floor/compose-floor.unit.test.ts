import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { position } from '@eventstream/contracts';
import type { BoxName } from '../api/floor.ts';
import { composeFloor, type Picture } from './compose-floor.ts';
import { lookOf, processLook } from './look.fixture.ts';
import type { Look } from './look.ts';

const floorOf = (now: Look, before?: Look): Picture => composeFloor(before, now, new Map());
const boxOf = (picture: Picture, name: BoxName) => picture.boxes.find((box) => box.name === name);
const arrowOf = (picture: Picture, from: BoxName, to: BoxName) =>
  picture.arrows.find((arrow) => arrow.from === from && arrow.to === to);

describe('a box', () => {
  test('is ready without a word when all is well', () => {
    const picture = floorOf(lookOf());
    assert.deepEqual([...new Set(picture.boxes.map(({ state }) => state))], ['ready']);
    assert.deepEqual(picture.troubles, []);
  });

  const notOk = { name: 'relay', ok: false, optional: true, reason: 'the broker is ahead', nextStep: 'run log import' };
  const states: readonly [string, BoxName, ReturnType<typeof processLook>, string, RegExp][] = [
    [
      'that does not answer',
      'paymentworker',
      processLook('paymentworker', { kind: 'silent' }),
      'unreachable',
      /does not answer/,
    ],
    [
      'that has ended',
      'paymentworker',
      processLook('paymentworker', { kind: 'silent', state: 'exited', reason: 'code 1' }),
      'stopped',
      /code 1/,
    ],
    ['whose checks hang', 'ordersvc', processLook('ordersvc', { kind: 'deaf' }), 'notReady', /checks hang/],
    [
      'that waits for something',
      'reviewworker',
      processLook('reviewworker', { metrics: 'worker_paused{consumer="c"} 1' }),
      'paused',
      /goes on by itself/,
    ],
    [
      'that has halted',
      'sagacoordinator',
      processLook('sagacoordinator', { metrics: 'follower_halted{follower="f"} 1' }),
      'halted',
      /has halted/,
    ],
    [
      'that says it cannot work',
      'ordersvc',
      processLook('ordersvc', { kind: 'notReady', checks: [{ ...notOk, name: 'read model' }] }),
      'notReady',
      /read model: the broker is ahead/,
    ],
    [
      'that waits for a server, which its check is named after,',
      'ordersvc',
      processLook('ordersvc', {
        kind: 'notReady',
        checks: [{ ...notOk, name: 'nats', reason: 'nats-server does not answer' }],
      }),
      'notReady',
      /^ordersvc says nats-server does not answer\.$/,
    ],
    [
      'of a relay that has halted',
      'relay',
      processLook('eventstoresvc', { kind: 'degraded', checks: [notOk], metrics: 'relay_halted{log="ORDERS"} 1' }),
      'halted',
      /the broker is ahead/,
    ],
    [
      'of a relay without its broker',
      'relay',
      processLook('eventstoresvc', { kind: 'degraded', checks: [notOk] }),
      'paused',
      /does not publish/,
    ],
  ];
  for (const [what, name, process, state, says] of states)
    test(`${what} is ${state}, says why, and stands in the list of what to look at`, () => {
      const picture = floorOf(lookOf({ processes: [process] }));
      const box = boxOf(picture, name);
      assert.equal(box?.state, state);
      assert.match(box?.trouble?.says ?? '', says);
      assert.ok(picture.troubles.some((trouble) => trouble.box === name));
    });

  test('of a worker or the read model shows how many dead letters are open, and what it says of them stands there once', () => {
    const check = { name: 'querymodelworker dead letters', ok: false, optional: true, nextStep: 'see what they are' };
    const picture = floorOf(
      lookOf({
        processes: [
          processLook('paymentworker', { metrics: 'worker_dead_letters_open{consumer="c"} 2' }),
          processLook('querymodelworker', {
            kind: 'degraded',
            checks: [{ ...check, reason: '3 orders are parked' }],
            metrics: 'read_model_dead_letters_open 3',
          }),
        ],
      }),
    );
    assert.deepEqual(
      (['paymentworker', 'querymodelworker'] as const).map((name) => boxOf(picture, name)?.openDeadLetters),
      [2, 3],
    );
    assert.deepEqual(
      picture.troubles.map(({ says }) => says),
      ['querymodelworker says 3 orders are parked.', 'paymentworker has given up on 2 events.'],
    );
  });

  test('of a store that is silent is one trouble, though the relay stands still with it', () => {
    const picture = floorOf(lookOf({ processes: [processLook('eventstoresvc', { kind: 'silent' })] }));
    assert.deepEqual(
      picture.troubles.map(({ says, box }) => [says, box]),
      [['eventstoresvc does not answer.', 'eventstoresvc']],
    );
    assert.equal(boxOf(picture, 'relay')?.state, 'unreachable');
  });

  test('of a service that was left out says so, and one that no supervisor knows is elsewhere', () => {
    const look = lookOf();
    const without = new Map([...look.processes].filter(([name]) => name !== 'reviewworker'));
    assert.equal(boxOf(floorOf({ ...look, processes: without }), 'reviewworker')?.state, 'leftOut');
    const unknown = boxOf(floorOf({ ...look, processes: without, isSupervised: false }), 'reviewworker');
    assert.equal(unknown?.state, 'elsewhere');
  });

  test('of a server is what the server itself answered', () => {
    const picture = floorOf(lookOf({ postgres: { ok: false, reason: 'ECONNREFUSED' } }));
    assert.equal(boxOf(picture, 'postgres')?.state, 'unreachable');
    assert.equal(arrowOf(picture, 'eventstoresvc', 'postgres')?.state, 'cut');
  });

  test('of a server that does not answer says so once, with its reason when that is more', () => {
    const saysOf = (reason: string) =>
      boxOf(floorOf(lookOf({ nats: { ok: false, reason } })), 'nats-server')?.trouble?.says;
    assert.equal(saysOf('nats-server does not answer'), 'nats-server does not answer.');
    assert.equal(saysOf('no answer within 850 ms'), 'nats-server does not answer: no answer within 850 ms.');
  });

  test('keeps the time since when it stands as it does', () => {
    const first = floorOf(lookOf({ atMs: 10 }));
    const since = new Map(first.boxes.map(({ name, state, sinceMs }) => [name, { state, sinceMs }]));
    const second = composeFloor(
      undefined,
      lookOf({ atMs: 20, processes: [processLook('ordersvc', { kind: 'silent' })] }),
      since,
    );
    assert.deepEqual([boxOf(second, 'relay')?.sinceMs, boxOf(second, 'ordersvc')?.sinceMs], [10, 20]);
  });
});

describe('an arrow', () => {
  const worker = (handled: number, lag: number) =>
    processLook('paymentworker', {
      metrics: `worker_handled_total{consumer="a",outcome="done"} ${handled}\nworker_lag_events{consumer="a"} ${lag}`,
    });
  const flow = (handled: number, lag: number) =>
    arrowOf(
      floorOf(lookOf({ tickMs: 1_000, processes: [worker(handled, lag)] }), lookOf({ processes: [worker(0, 0)] })),
      'nats-server',
      'paymentworker',
    );

  test('flows at its rate, is idle at none, and is behind when more waits than a second brings', () => {
    assert.deepEqual([flow(20, 3)?.perSecond, flow(20, 3)?.state], [20, 'flows']);
    assert.equal(flow(0, 0)?.state, 'idle');
    assert.deepEqual([flow(20, 500)?.lagEvents, flow(20, 500)?.state], [500, 'behind']);
  });

  test('has no rate across a restart of its process', () => {
    const reborn = {
      ...worker(5, 0),
      supervised: { name: 'paymentworker', pid: 8, restarts: 1, state: 'ready', addresses: [] },
    };
    const picture = floorOf(lookOf({ tickMs: 1_000, processes: [reborn] }), lookOf({ processes: [worker(1, 0)] }));
    assert.equal(arrowOf(picture, 'nats-server', 'paymentworker')?.perSecond, null);
  });
});

test('positions say how far everybody is', () => {
  const { positions } = floorOf(
    lookOf({
      head: position(100),
      processes: [
        processLook('eventstoresvc', { metrics: 'relay_lag_events{log="ORDERS"} 4' }),
        processLook('querymodelworker', { metrics: 'follower_position{follower="q"} 90' }),
      ],
    }),
  );
  assert.deepEqual(positions, { head: 100, relay: 96, sagas: null, readModel: 90 });
});
