import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  eventId,
  eventType,
  logName,
  position,
  type RecordedEvent,
  revision,
  streamName,
} from '@eventstream/contracts';
import { newId } from '@eventstream/platform';
import * as fc from 'fast-check';
import { type EventColumns, fromColumns, toColumns } from './event-columns.ts';

const log = logName('TEST');

const anyEvent: fc.Arbitrary<RecordedEvent> = fc.record({
  id: fc.constant(null).map(() => eventId(newId())),
  log: fc.constant(log),
  position: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }).map(position),
  stream: fc.stringMatching(/^[a-z][a-z0-9]*-[A-Za-z0-9._-]{1,100}$/).map(streamName),
  revision: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }).map(revision),
  type: fc.constantFrom('TEST.happened', 'TEST.changed').map(eventType),
  data: fc.uint8Array(),
  metadata: fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }),
  recordedAtMs: fc.nat(2 ** 42),
});

/** The columns of one event, with one of them replaced. */
function changed(name: string, column: unknown): EventColumns {
  const [event] = fc.sample(anyEvent, { numRuns: 1, seed: 1 });
  assert.ok(event);
  const { text, data } = toColumns([event]);
  const columns: object = JSON.parse(text);
  return { text: JSON.stringify({ ...columns, [name]: column }), data };
}

describe('columns of events', () => {
  test('give back the events that were put into them', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { minLength: 1, maxLength: 70 }), (events) => {
        const found = fromColumns(log, toColumns(events));
        const plain = ({ data, ...event }: RecordedEvent) => ({ ...event, data: [...data] });
        assert.deepEqual(found.map(plain), events.map(plain));
      }),
    );
  });

  test('are refused when a value is not what its name says, or a column is missing or too short', () => {
    const broken = {
      positions: [[-1], ['1'], [1.5], [], undefined],
      revisions: [[null], []],
      dataBytes: [[-1], [1_000_000], ['many'], []],
      streams: [['Order'], [7], []],
      ids: [['no uuid'], []],
      types: [['happened'], []],
      metadata: [['text'], [null], [[]], []],
    };
    for (const [name, columns] of Object.entries(broken))
      for (const column of columns)
        assert.throws(() => fromColumns(log, changed(name, column)), `${name}: ${JSON.stringify(column)}`);
    assert.throws(() => fromColumns(log, { text: 'null', data: new Uint8Array() }));
  });

  test('are read past metadata that nobody could have appended', () => {
    const [event] = fromColumns(log, changed('metadata', [{ actor: 'import', attempts: 3 }]));
    assert.deepEqual(event?.metadata, { actor: 'import', attempts: '3' });
  });
});
