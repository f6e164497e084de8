import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { incarnation, nextPosition, position, revision } from '@eventstream/contracts';
import { StoreUnavailable } from '@eventstream/event-store';
import { newId } from '@eventstream/platform';
import { eventually } from '@eventstream/testing/eventually';
import { alice, bob, engine } from './engine-world.fixture.ts';
import { type } from './trip.fixture.ts';

describe('the engine', () => {
  test('undoes a failed saga to its end, each event caused by the one that made it due', async () => {
    const { record, read, loop, types, entry } = engine();
    await record(alice, 'wished', 'flightbooked', 'hotelbooked', 'ticketsrefused');
    await loop.runOnce();
    await record(alice, 'hotelcancelled');
    await loop.runOnce();
    await record(alice, 'flightcancelled');
    await loop.runOnce();
    await read();
    assert.deepEqual((await types(alice)).slice(4), [
      'hotelcancelasked',
      'hotelcancelled',
      'flightcancelasked',
      'flightcancelled',
      'calledoff',
    ]);
    const { row } = await entry(alice);
    assert.equal(row.state?.status, 'undone');
    assert.equal(row.next, null);
  });

  test('does not append twice while its own event is not read back, nor after its claim ran out', async () => {
    const { record, loop, types, passes } = engine();
    await record(alice, 'wished', 'flightrefused');
    assert.equal(await loop.runOnce(), 1);
    assert.equal(await loop.runOnce(), 0, 'the claim keeps it quiet');
    passes(5001);
    assert.equal(await loop.runOnce(), 1, 'the claim ran out');
    assert.deepEqual(await types(alice), ['wished', 'flightrefused', 'calledoff']);
  });

  test('judges a deadline when its time has come, and not before', async () => {
    const { record, loop, types, passes } = engine();
    await record(alice, 'wished');
    passes(999);
    assert.equal(await loop.runOnce(), 0);
    passes(1);
    assert.equal(await loop.runOnce(), 1);
    assert.deepEqual(await types(alice), ['wished', 'flightcancelasked']);
  });

  test('judges no deadline while the gate is closed, and goes on with everything else', async () => {
    const { record, loop, types, passes, closed, store } = engine();
    closed.add('flight');
    await record(alice, 'wished');
    await record(bob, 'wished', 'flightbooked');
    passes(5000);
    await loop.runOnce();
    assert.deepEqual(await types(alice), ['wished']);
    assert.deepEqual(await types(bob), ['wished', 'flightbooked', 'hotelcancelasked']);
    assert.equal((await store.counts()).overdue, 2, 'alice, and bob until his event is read back');
    closed.clear();
    await loop.runOnce();
    assert.deepEqual(await types(alice), ['wished', 'flightcancelasked']);
  });

  test('decides on the log and not on its row: what succeeded in time is not undone', async () => {
    const { record, append, loop, types, passes } = engine();
    await record(alice, 'wished');
    await append(alice, type('flightbooked'));
    passes(1500); // late for the flight as the row knows it; the hotel has 500 ms left
    await loop.runOnce();
    assert.deepEqual(await types(alice), ['wished', 'flightbooked']);
  });

  test('decides again when another writer was faster', async () => {
    const { record, append, loop, types, passes, faults } = engine();
    await record(alice, 'wished');
    faults.append = async () => {
      delete faults.append;
      await append(alice, type('flightrefused'));
      return { kind: 'conflict', stream: alice, expected: revision(1), actual: revision(2) };
    };
    passes(1000);
    await loop.runOnce();
    assert.deepEqual(await types(alice), ['wished', 'flightrefused', 'calledoff']);
  });

  test('tries again with growing pauses, shows what is stuck, and forgets that once it works', async () => {
    const { record, read, loop, passes, faults, entry } = engine();
    await record(alice, 'wished', 'flightrefused');
    faults.append = async () => ({ kind: 'refused', code: 'too-large', message: 'no room' });
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      assert.equal((await entry(alice)).isStuck, false);
      assert.equal(await loop.runOnce(), 1);
      assert.equal(await loop.runOnce(), 0, 'it pauses');
      passes(1001);
    }
    const stuck = await entry(alice);
    assert.equal(stuck.isStuck, true);
    assert.equal(stuck.attempts, 3);
    assert.match(stuck.lastError ?? '', /no room/);
    delete faults.append;
    await loop.runOnce();
    await read();
    assert.equal((await entry(alice)).isStuck, false);
  });

  test('burns no attempt while the store does not answer', async () => {
    const { record, loop, faults, entry, types } = engine();
    await record(alice, 'wished', 'flightrefused');
    faults.append = async () => {
      throw new StoreUnavailable('write', 'the store is away');
    };
    await assert.rejects(loop.runOnce(), { code: 'saga_outage' });
    assert.equal((await entry(alice)).attempts, 0);
    delete faults.append;
    await loop.runOnce();
    assert.deepEqual(await types(alice), ['wished', 'flightrefused', 'calledoff']);
  });

  test('shows an undo that does not finish as waiting, and as stuck after its time', async () => {
    const { record, read, loop, passes, entry, store } = engine();
    await record(alice, 'wished', 'cancelwished');
    await loop.runOnce();
    await read();
    assert.equal((await entry(alice)).isStuck, false);
    passes(10_000);
    assert.equal((await entry(alice)).isStuck, true);
    assert.deepEqual(await store.counts(), { running: 0, undoing: 1, stuck: 1, overdue: 0, unjudged: 0 });
  });

  test('parks a saga with an event that cannot be read, visibly, and leaves the others alone', async () => {
    const { append, record, loop, entry, types } = engine();
    await append(alice, type('wished'));
    await append(alice, type('flightcancelasked')); // without a reason
    await append(bob, type('wished'));
    await record(bob, 'flightrefused');
    await loop.runOnce();
    const parked = await entry(alice);
    assert.equal(parked.isStuck, true);
    assert.match(parked.lastError ?? '', /carries no reason/);
    assert.deepEqual(await types(bob), ['wished', 'flightrefused', 'calledoff']);
  });

  test('folds a saga again from the store when its row has missed an event', async () => {
    const { record, loop, entry, store, append, read } = engine();
    await record(alice, 'wished');
    await append(alice, type('flightbooked'));
    const { position: at, incarnation: life = incarnation(newId()) } = await store.checkpoint();
    await store.applyPage({
      after: at,
      to: nextPosition(at),
      incarnation: life,
      streams: [],
      fold: () => [],
    });
    await append(alice, type('hotelbooked'));
    await read();
    assert.equal((await entry(alice)).row.next?.kind, 'refold');
    await loop.runOnce();
    const { row, isStuck } = await entry(alice);
    assert.equal(row.next?.step, 'tickets');
    assert.equal(isStuck, false);
  });

  test('a page that does not begin at the checkpoint changes nothing', async () => {
    const { record, store } = engine();
    await record(alice, 'wished');
    const outcome = await store.applyPage({
      after: position(7),
      to: position(8),
      incarnation: incarnation(newId()),
      streams: [],
      fold: () => assert.fail('it must not be asked'),
    });
    assert.deepEqual(outcome, { kind: 'moved' });
    assert.equal((await store.checkpoint()).position, 1);
  });

  test('acts again soon after a run that failed, also when it was woken while that run was under way', async () => {
    const { record, loop, types, passes, faults } = engine({ pollMs: 600_000 });
    await record(alice, 'wished');
    passes(1000);
    faults.append = async () => {
      delete faults.append;
      loop.wake();
      throw new StoreUnavailable('write', 'it is away');
    };
    await loop.start();
    await eventually(
      () => types(alice),
      ({ length }) => length === 2,
    );
    await loop.stop();
  });

  test('works by itself once started, and stops when asked', async () => {
    const { record, read, loop, types, passes } = engine({ pollMs: 5 });
    await loop.start();
    await record(alice, 'wished');
    passes(1000);
    loop.wake();
    await eventually(
      () => types(alice),
      ({ length }) => length === 2,
    );
    await loop.stop();
    await loop.stop();
    await read();
    assert.deepEqual(await types(alice), ['wished', 'flightcancelasked']);
  });
});
