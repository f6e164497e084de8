/** A new version of a saga meets sagas that an older one has begun: none is stranded, none is undone for nothing. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SagaDefinition, SagaStep } from './definition.ts';
import { alice, engine, tripWorld } from './engine-world.fixture.ts';
import { trip, type } from './trip.fixture.ts';

const [flight, hotel, tickets] = trip().steps;
const car: SagaStep = {
  name: 'car',
  succeeds: type('carbooked'),
  fails: type('carrefused'),
  failsBecause: 'car refused',
  withinMs: 2_500,
  lateBecause: 'car late',
  undo: { ask: type('carcancelasked'), done: type('carcancelled') },
};
assert.ok(hotel && tickets);
const withCar = trip({ steps: [flight, hotel, car, tickets] });
const withoutHotel = trip({ steps: [flight, tickets] });
const withMoreTime = trip({ steps: [{ ...flight, withinMs: 60_000 }, hotel, tickets] });

/** Trips begun by the version before; `deploy` starts the next one over what it left. */
function begunBefore() {
  const world = tripWorld();
  const before = engine({}, { world });
  return { ...before, deploy: (definition: SagaDefinition) => engine({}, { world, definition }) };
}

describe('a trip that an older version has begun', () => {
  test('does the new step when its turn comes, and is undone with it', async () => {
    const old = begunBefore();
    await old.record(alice, 'wished', 'flightbooked');
    const next = old.deploy(withCar);
    await next.record(alice, 'hotelbooked');
    await next.loop.runOnce();
    assert.equal((await next.entry(alice)).row.next?.step, 'car');
    await next.record(alice, 'carbooked', 'ticketsrefused');
    await next.loop.runOnce();
    assert.equal((await next.types(alice)).at(-1), 'carcancelasked');
    await next.record(alice, 'carcancelled');
    for (const undone of ['hotelcancelled', 'flightcancelled']) {
      await next.loop.runOnce();
      await next.record(alice, undone);
    }
    await next.loop.runOnce();
    assert.equal((await next.types(alice)).at(-1), 'calledoff');
  });

  test('and has passed the place of the new step waits for it, no longer than its deadline', async () => {
    const old = begunBefore();
    await old.record(alice, 'wished', 'flightbooked', 'hotelbooked');
    const next = old.deploy(withCar);
    next.passes(2_999); // the old row sleeps until the tickets are late; the car is late before
    assert.equal(await next.loop.runOnce(), 0);
    next.passes(1);
    await next.loop.runOnce();
    assert.deepEqual((await next.types(alice)).slice(3), ['carcancelasked']);
  });

  test('is found though it waits for a step that is no more', async () => {
    const old = begunBefore();
    await old.record(alice, 'wished', 'flightbooked');
    const next = old.deploy(withoutHotel);
    next.passes(2_000); // the hotel, which nobody books any more, is late
    await next.loop.runOnce();
    assert.deepEqual(await next.types(alice), ['wished', 'flightbooked'], 'nothing is undone for it');
    assert.equal((await next.entry(alice)).row.next?.step, 'tickets');
    await next.record(alice, 'ticketsbooked');
    assert.equal((await next.entry(alice)).row.state?.status, 'done');
  });

  test('gets the time that the new version gives, unless whoever began the step has noted another', async () => {
    const old = begunBefore();
    await old.record(alice, 'wished');
    const next = old.deploy(withMoreTime);
    next.passes(1_000);
    await next.loop.runOnce();
    assert.deepEqual(
      await next.types(alice),
      ['wished'],
      'the old deadline has passed, and is not judged by the new version',
    );
    next.passes(59_000);
    await next.loop.runOnce();
    assert.deepEqual(await next.types(alice), ['wished', 'flightcancelasked']);

    const noted = begunBefore();
    await noted.append(alice, type('wished'), { 'within-ms': '5000' });
    await noted.read();
    const later = noted.deploy(withMoreTime);
    later.passes(5_000);
    await later.loop.runOnce();
    assert.deepEqual(await later.types(alice), ['wished', 'flightcancelasked'], 'what was noted holds');
  });

  test('is left alone by an older version that sees an event type of the next', async () => {
    const old = begunBefore();
    await old.record(alice, 'wished', 'luggagesent', 'flightbooked');
    const { row } = await old.entry(alice);
    assert.deepEqual([row.fault, row.next?.step, row.seenRevision], [null, 'hotel', 3]);
    assert.equal(await old.loop.runOnce(), 0);
  });

  test('and holds an event that only the next version can read is parked until then, and goes on by itself', async () => {
    const old = begunBefore();
    await old.record(alice, 'wished', 'flightcancelasked'); // without a reason
    await old.loop.runOnce();
    assert.equal((await old.entry(alice)).isStuck, true);
    const next = old.deploy(trip({ reasonIn: () => 'unknown' }));
    next.passes(1_000);
    await next.loop.runOnce();
    assert.deepEqual([(await next.entry(alice)).isStuck, (await next.entry(alice)).row.fault], [false, null]);
    await next.record(alice, 'flightcancelled');
    await next.loop.runOnce();
    assert.equal((await next.types(alice)).at(-1), 'calledoff');
  });

  test('that has ended stays as it ended', async () => {
    const old = begunBefore();
    await old.record(alice, 'wished', 'flightbooked', 'hotelbooked', 'ticketsbooked');
    const next = old.deploy(withCar);
    next.passes(1_000_000);
    assert.equal(await next.loop.runOnce(), 0);
    assert.equal((await next.entry(alice)).row.state?.status, 'done');
  });
});
