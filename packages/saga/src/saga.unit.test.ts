import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { BadSagaDefinition } from './definition.ts';
import { sagaTest, timePasses } from './testkit.ts';
import { trip, type } from './trip.fixture.ts';

describe('a saga of three steps', () => {
  test('does nothing while its steps succeed in time', () => {
    sagaTest(trip())
      .when('TRIPS.wished', timePasses(999), 'TRIPS.flightbooked', timePasses(1999), 'TRIPS.hotelbooked')
      .does()
      .is('running')
      .when('TRIPS.ticketsbooked', timePasses(1_000_000))
      .does()
      .is('done');
  });

  test('is not begun by anything but its start', () => {
    sagaTest(trip()).when('TRIPS.flightbooked', timePasses(10_000)).does().is('not started');
  });

  test('ends at once when its first step fails, since nothing is to be undone', () => {
    sagaTest(trip())
      .given('TRIPS.wished')
      .when('TRIPS.flightrefused')
      .does('end: flight refused')
      .is('undone: flight refused');
  });

  test('undoes in reverse order, one step at a time, and ends when none is left', () => {
    sagaTest(trip())
      .given('TRIPS.wished', 'TRIPS.flightbooked', 'TRIPS.hotelbooked')
      .when('TRIPS.ticketsrefused')
      .does('askUndo hotel: tickets refused')
      .when(timePasses(1_000_000))
      .does()
      .when('TRIPS.hotelcancelled')
      .does('askUndo flight: tickets refused')
      .when('TRIPS.flightcancelled')
      .does('end: tickets refused');
  });

  test('needs no undo of the step that failed', () => {
    sagaTest(trip())
      .given('TRIPS.wished', 'TRIPS.flightbooked')
      .when('TRIPS.hotelrefused')
      .does('askUndo flight: hotel refused');
  });

  test('undoes a late step, because it may have happened', () => {
    sagaTest(trip())
      .given('TRIPS.wished', 'TRIPS.flightbooked')
      .when(timePasses(1999))
      .does()
      .when(timePasses(1))
      .does('askUndo hotel: hotel late')
      .is('undoing: hotel late');
  });

  test('keeps its first reason', () => {
    sagaTest(trip())
      .given('TRIPS.wished')
      .when('TRIPS.cancelwished')
      .does('askUndo flight: traveller')
      .when('TRIPS.cancelwished', timePasses(5000))
      .does()
      .when('TRIPS.flightcancelled')
      .does('end: traveller');
  });

  test('undoes a step that succeeds while it undoes, once', () => {
    sagaTest(trip())
      .given('TRIPS.wished', 'TRIPS.flightbooked')
      .when('TRIPS.cancelwished')
      .does('askUndo hotel: traveller')
      .when('TRIPS.hotelbooked')
      .does()
      .when('TRIPS.hotelcancelled')
      .does('askUndo flight: traveller');
  });

  test('does not wait for the undo of a step that turns out to have failed', () => {
    sagaTest(trip())
      .given('TRIPS.wished', 'TRIPS.cancelwished')
      .when('TRIPS.flightrefused')
      .does('end: traveller')
      .when('TRIPS.flightcancelled')
      .does()
      .is('undone: traveller');
  });

  test('asks for no undo twice, even when a step is reported failed and then done', () => {
    sagaTest(trip())
      .given('TRIPS.wished', 'TRIPS.flightbooked', 'TRIPS.cancelwished', 'TRIPS.hotelrefused')
      .when('TRIPS.hotelbooked', 'TRIPS.flightcancelled')
      .does()
      .when('TRIPS.hotelcancelled')
      .does('end: traveller');
  });

  test('begins to undo when somebody else asks for an undo, for the reason given there', () => {
    sagaTest(trip())
      .given('TRIPS.wished', 'TRIPS.flightbooked')
      .when({ type: 'TRIPS.flightcancelasked', data: { reason: 'storm' } })
      .does()
      .when('TRIPS.flightcancelled')
      .does('askUndo hotel: storm');
  });

  test('believes the time noted by whoever began the step more than its own', () => {
    sagaTest(trip())
      .given({ type: 'TRIPS.wished', metadata: { 'within-ms': '50' } })
      .when(timePasses(50))
      .does('askUndo flight: flight late');
  });

  test('does not believe a time that is none', () => {
    sagaTest(trip())
      .given({ type: 'TRIPS.wished', metadata: { 'within-ms': '-1' } })
      .when(timePasses(999))
      .does();
  });

  test('cannot be read on when an event carries no reason', () => {
    assert.throws(
      () => sagaTest(trip()).given('TRIPS.wished').when({ type: 'TRIPS.flightcancelasked', data: {} }),
      /carries no reason/,
    );
  });
});

test('a definition that uses one event for two things is refused', () => {
  assert.throws(() => trip({ starts: type('flightbooked') }), BadSagaDefinition);
});

describe('whatever is recorded, in whatever order', () => {
  const facts = [
    'flightbooked',
    'flightrefused',
    'flightcancelled',
    'hotelbooked',
    'hotelrefused',
    'hotelcancelled',
    'ticketsbooked',
    'ticketsrefused',
    'cancelwished',
    'unknown',
  ].map((token) => `TRIPS.${token}`);
  const happening = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...facts) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 4000 }).map(timePasses) },
  );

  test('no undo is asked for twice, only for what may have happened, and there is one end at most', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 25 }), (happenings) => {
        const story = sagaTest(trip())
          .given('TRIPS.wished')
          .when(...happenings);
        const types = story.events.map((event) => event.type);
        for (const name of ['flight', 'hotel']) {
          const asks = types.flatMap((each, at) => (each === `TRIPS.${name}cancelasked` ? [at] : []));
          assert.ok(asks.length <= 1, `${name} is asked to be undone ${asks.length} times`);
          const before = types.slice(0, asks[0] ?? 0);
          const booked = before.includes(type(`${name}booked`));
          const refused = before.includes(type(`${name}refused`));
          if (asks.length === 1) assert.ok(booked || !refused, `${name} had failed and never happened`);
        }
        assert.ok(types.filter((each) => each === 'TRIPS.calledoff').length <= 1);
      }),
      { numRuns: 300 },
    );
  });

  test('once time has passed and every undo that was asked is done, the saga has ended', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 25 }), (happenings) => {
        const story = sagaTest(trip())
          .given('TRIPS.wished')
          .when(...happenings, timePasses(100_000));
        for (let round = 0; round < 3; round += 1)
          for (const step of story.state?.steps ?? [])
            if (step.kind === 'undoAsked') story.when(`TRIPS.${step.name}cancelled`);
        const status = story.state?.status;
        assert.ok(status === 'done' || status === 'undone', `the saga is ${status}`);
        if (status === 'undone') {
          const left = story.state?.steps.filter(({ kind, name }) => kind === 'done' && name !== 'tickets') ?? [];
          assert.deepEqual(left, [], 'something was done and not undone');
        }
      }),
      { numRuns: 300 },
    );
  });
});
