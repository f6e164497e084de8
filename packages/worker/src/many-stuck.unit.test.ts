/**
 * What a worker knows of stuck streams is less than there are: more than it can know by name, or one that just became stuck.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventId, position, revision, streamName } from '@eventstream/contracts';
import { newId } from '@eventstream/platform';
import { done, retry } from './handler.ts';
import { happened, recorder, testConsumer, testLog, WorkerWorld } from './worker-world.fixture.ts';

test('what waits is not overtaken either when more streams are stuck than the ledger names', async () => {
  const world = new WorkerWorld();
  for (let place = 1; place <= 10_000; place += 1)
    await world.ledger.wait(
      testConsumer,
      {
        eventId: eventId(newId()),
        type: happened,
        log: testLog,
        position: position(1_000_000 + place),
        stream: streamName(`order-${place}`),
        revision: revision(1),
      },
      { attempts: 1, failures: 1, afterMs: 3_600_000, reason: 'the provider knows no answer' },
    );
  // The last of them by its name, and so the one that is not named.
  const stream = streamName('order-z');
  const { seen, handler } = recorder(async ({ revision: at }, { attempt }) =>
    at === 1 && attempt === 1 ? retry(20_000, 'not yet') : done,
  );
  const worker = await world.start(handler);
  await world.happen(stream);
  await world.time.advance(5_000);
  await world.happen(stream);
  await world.time.advance(30_000);
  assert.deepEqual(seen, [1, 1, 2]);
  await world.stop(worker);
});

test('what waits is not overtaken when the list of stuck streams was read before its row was there', async () => {
  const world = new WorkerWorld();
  const stream = streamName('order-1');
  const { seen, handler } = recorder(async ({ revision: at }, { attempt }) =>
    at === 1 && attempt === 1 ? retry(20_000, 'not yet') : done,
  );
  const worker = await world.start(handler);
  const { promise, resolve } = Promise.withResolvers<void>();
  world.recordGate = promise;
  await world.happen(stream);
  await world.time.advance(5_000);
  resolve();
  await world.happen(stream);
  await world.time.advance(30_000);
  assert.deepEqual(seen, [1, 1, 2]);
  await world.stop(worker);
});
