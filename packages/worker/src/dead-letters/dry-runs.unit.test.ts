import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deadLetter, type Handler, retry } from '../handler.ts';
import { newStream, WorkerWorld } from '../worker-world.fixture.ts';
import type { NoteEffect } from './dry-run.ts';

describe('a dry run', () => {
  test('tells the answer and the effects, with nothing done', async () => {
    const world = new WorkerWorld();
    const seen: number[] = [];
    const handler: Handler = async (event) => {
      seen.push(event.position);
      return deadLetter('never');
    };
    const dry: Handler = async (event) => {
      note(`would grant ${event.position}`);
      return retry(5_000, 'not yet');
    };
    let note: NoteEffect = () => {};
    const rehearse = (noting: NoteEffect) => {
      note = noting;
      return dry;
    };
    const worker = await world.start(handler, {}, rehearse);
    await world.happen(newStream());
    await world.time.until(async () => (await world.desk.list({ limit: 1 })).length === 1);
    const [letter] = await world.desk.list({ limit: 1 });
    const request = (await world.desk.askDryRun(letter?.id ?? '', 'ada')) ?? '';
    await world.time.until(async () => (await world.desk.dryRunAnswer(request)) !== undefined);
    assert.deepEqual(await world.desk.dryRunAnswer(request), {
      outcome: 'retry',
      says: 'not yet',
      stack: undefined,
      effects: ['would grant 1'],
    });
    assert.deepEqual([seen, (await world.desk.list({ limit: 1 }))[0]?.state], [[1], 'open']);
    await world.stop(worker);
  });

  test('that ended its process is answered by the next one; a worker that cannot rehearse says so', async () => {
    const world = new WorkerWorld();
    const handler: Handler = async () => deadLetter('never');
    const worker = await world.start(handler, {}, () => () => new Promise(() => {}));
    await world.happen(newStream());
    await world.time.until(async () => (await world.desk.list({ limit: 1 })).length === 1);
    const [letter] = await world.desk.list({ limit: 1 });
    const ask = async () => (await world.desk.askDryRun(letter?.id ?? '', 'ada')) ?? '';
    const deadly = await ask();
    await world.time.advance(3_000);
    assert.equal(await world.desk.dryRunAnswer(deadly), undefined);
    await worker.kill();
    const next = await world.start(handler);
    await world.time.until(async () => (await world.desk.dryRunAnswer(deadly))?.outcome === 'endedProcess');
    const second = await ask();
    await world.time.until(async () => (await world.desk.dryRunAnswer(second))?.outcome === 'unanswered');
    await world.stop(next);
  });
});
