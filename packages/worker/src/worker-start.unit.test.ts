import { describe, test } from 'node:test';
import { done } from './handler.ts';
import { newStream, WorkerWorld } from './worker-world.fixture.ts';

describe('a worker that starts while its database fails', () => {
  test('gets its deliveries although its mark could not be saved (simulated world 1047)', async () => {
    const world = new WorkerWorld();
    const seen: number[] = [];
    world.failsOnce.add('saveMark');
    const worker = await world.start(async (event) => {
      seen.push(event.position);
      return done;
    });
    await world.happen(newStream());
    await world.time.until(() => seen.length === 1, 5_000); // the sweeper would find it after 35 s
    await world.stop(worker);
  });
});
