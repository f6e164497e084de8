import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger, metrics } from '@eventstream/platform';
import { alice, engine } from './engine-world.fixture.ts';
import { SagaUpkeep } from './upkeep.ts';

const logger = createLogger({ service: 'test', level: 'silent' });

test('an undo that is not done in time shows in readiness, with the command that helps, and in the metrics', async () => {
  const { record, read, loop, passes, store } = engine();
  const upkeep = new SagaUpkeep({ saga: 'trip', store, keepMs: 60_000, logger });
  await record(alice, 'wished', 'cancelwished');
  await loop.runOnce();
  await read();
  await upkeep.runOnce();
  assert.deepEqual(await upkeep.checks[0].check(), { ok: true });
  passes(10_000);
  await upkeep.runOnce();
  const answer = await upkeep.checks[0].check();
  assert.ok(!answer.ok && upkeep.checks[0].optional === true, 'degraded, and still at work');
  assert.match(answer.reason, /^1 saga is stuck: an undo is not done in time/);
  assert.match(answer.nextStep ?? '', /eventstream sagas --stuck/);
  assert.match(await metrics.metrics(), /saga_open\{saga="trip",status="stuck"\} 1/);
});

test('a deadline that nobody judges shows in readiness, with the command that says why, and in the metrics', async () => {
  const { record, loop, passes, closed, store } = engine();
  const upkeep = new SagaUpkeep({ saga: 'trip', store, keepMs: 60_000, logger });
  closed.add('flight');
  await record(alice, 'wished');
  passes(30_000);
  await loop.runOnce();
  await upkeep.runOnce();
  assert.deepEqual(await upkeep.checks[0].check(), { ok: true }, 'overdue, as after any pause');
  passes(60_000);
  await loop.runOnce();
  await upkeep.runOnce();
  const answer = await upkeep.checks[0].check();
  assert.ok(!answer.ok);
  assert.match(answer.reason, /^1 saga has been past a deadline for over a minute, and nobody judges it/);
  assert.match(answer.nextStep ?? '', /eventstream logs sagacoordinator/);
  assert.match(await metrics.metrics(), /saga_open\{saga="trip",status="unjudged"\} 1/);
});
