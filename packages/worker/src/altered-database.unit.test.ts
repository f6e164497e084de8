import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newStream, WorkerWorld } from './worker-world.fixture.ts';

test('a worker gives nothing up for a table that somebody has altered, and says what to do about it', async () => {
  const world = new WorkerWorld();
  const withoutRight = Object.assign(new Error('permission denied for table payment_intents'), { code: '42501' });
  const worker = await world.start(() => Promise.reject(withoutRight), { attemptsMax: 2 });
  await world.happen(newStream());
  await world.time.advance(300_000);
  const said = JSON.stringify(await worker.checks[0].check());
  assert.match(said, /"ok":false.*permission denied.*"nextStep":"run `npx eventstream bootstrap`/);
  assert.deepEqual(await world.desk.list({ limit: 1 }), []);
  await world.stop(worker);
});
