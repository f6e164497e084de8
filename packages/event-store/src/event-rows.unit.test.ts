import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  eventId,
  eventType,
  logName,
  type Metadata,
  position,
  type RecordedEvent,
  revision,
  streamName,
} from '@eventstream/contracts';
import { newId } from '@eventstream/platform';
import * as fc from 'fast-check';
import { extentOf, fromRows } from './event-rows.ts';

const log = logName('TEST');
const postgresEpochMs = Date.UTC(2000, 0, 1);

const anyEvent: fc.Arbitrary<RecordedEvent> = fc.record({
  id: fc.constant(null).map(() => eventId(newId())),
  log: fc.constant(log),
  position: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }).map(position),
  stream: fc.stringMatching(/^[a-z][a-z0-9]*-[A-Za-z0-9._-]{1,100}$/).map(streamName),
  revision: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }).map(revision),
  type: fc.constantFrom('TEST.happened', 'TEST.changed').map(eventType),
  data: fc.uint8Array(),
  metadata: fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), { noNullPrototype: true }),
  recordedAtMs: fc.nat(2 ** 42),
});

function int8(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

/** The values of an event's row, as PostgreSQL sends them. */
function valuesOf(event: RecordedEvent) {
  return {
    position: int8(BigInt(event.position)),
    revision: int8(BigInt(event.revision)),
    recordedAt: int8(BigInt(event.recordedAtMs - postgresEpochMs) * 1000n),
    stream: Buffer.from(event.stream),
    id: Buffer.from(event.id),
    type: Buffer.from(event.type),
    data: Buffer.from(event.data),
    metadata: Buffer.from(JSON.stringify(event.metadata)),
  };
}

type Values = Readonly<Record<string, Buffer | null>>;

function rowOf(values: Values): Buffer {
  const parts = Object.values(values).flatMap((value) => [lengthOf(value), value ?? Buffer.alloc(0)]);
  const body = Buffer.concat([Buffer.from([0, Object.keys(values).length]), ...parts]);
  const length = Buffer.alloc(4);
  length.writeInt32BE(4 + body.byteLength);
  return Buffer.concat([Buffer.from('D'), length, body]);
}

function lengthOf(value: Buffer | null): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(value?.byteLength ?? -1);
  return length;
}

const usual: RecordedEvent = {
  id: eventId(newId()),
  log,
  position: position(7),
  stream: streamName('order-1'),
  revision: revision(2),
  type: eventType('TEST.happened'),
  data: Buffer.from('{}'),
  metadata: { actor: 'test' },
  recordedAtMs: postgresEpochMs,
};

/** The row of one event, with some of its values replaced. */
const changed = (values: Values): Buffer => rowOf({ ...valuesOf(usual), ...values });

describe('rows of events', () => {
  test('give back the events that were written into them', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { minLength: 1, maxLength: 70 }), (events) => {
        const rows = Buffer.concat(events.map((event) => rowOf(valuesOf(event))));
        const plain = ({ data, ...event }: RecordedEvent) => ({ ...event, data: [...data] });
        assert.deepEqual(fromRows(log, rows).map(plain), events.map(plain));
        assert.deepEqual(extentOf([rows]), {
          count: events.length,
          bytes: rows.byteLength,
          last: events.at(-1)?.position,
        });
      }),
    );
  });

  test('tell how far they go, over all pieces of a page', () => {
    const [first, second] = [changed({}), changed({ position: int8(8n) })];
    const bytes = first.byteLength + second.byteLength;
    assert.deepEqual(extentOf([first, second]), { count: 2, bytes, last: 8 });
    assert.deepEqual(extentOf([]), { count: 0, bytes: 0, last: undefined });
  });

  test('keep the millisecond in which an event was recorded, and not the microsecond', () => {
    const times = [0n, 999n, 1_000n, -1n].map((microseconds) => changed({ recordedAt: int8(microseconds) }));
    const events = fromRows(log, Buffer.concat(times));
    assert.deepEqual(
      events.map((event) => event.recordedAtMs - postgresEpochMs),
      [0, 0, 1, -1],
    );
  });

  test('are refused when a value is not what its column says', () => {
    const broken: Record<keyof ReturnType<typeof valuesOf>, readonly (Buffer | string | null)[]> = {
      position: [int8(-1n), int8(2n ** 53n), '7', null],
      revision: [int8(-1n), '', null],
      recordedAt: ['2000-01-01', null],
      stream: ['Order', 'order-é', null],
      id: ['no uuid', null],
      type: ['happened', null],
      data: [null],
      metadata: ['text', 'null', '[]', null],
    };
    for (const [name, values] of Object.entries(broken))
      for (const value of values) {
        const bytes = typeof value === 'string' ? Buffer.from(value) : value;
        assert.throws(() => fromRows(log, changed({ [name]: bytes })), `${name}: ${value?.toString()}`);
      }
  });

  test('are refused when they are cut anywhere, and when they are something else', () => {
    const row = changed({});
    for (let end = 1; end < row.byteLength; end += 1)
      assert.throws(() => fromRows(log, row.subarray(0, end)), { code: 'store_malformed_rows' });
    const others = [Buffer.from('C'), Buffer.concat([row, Buffer.from('more')]), rowOf({ one: int8(1n) })];
    for (const other of others) assert.throws(() => fromRows(log, other), { code: 'store_malformed_rows' });
  });

  test('are refused when a value, or a row, claims more bytes or fewer than there are', () => {
    const row = changed({});
    const lengthsAt = [1, 7]; // of the row, and of its first value
    for (const at of lengthsAt)
      for (const length of [-2, 0, 3, 2 ** 31 - 1]) {
        const lying = Buffer.from(row);
        lying.writeInt32BE(length, at);
        assert.throws(() => fromRows(log, lying), { code: 'store_malformed_rows' }, `${length} at ${at}`);
      }
  });

  test('are read past metadata that nobody could have appended', () => {
    const metadataOf = (text: string): Metadata | undefined =>
      fromRows(log, changed({ metadata: Buffer.from(text) }))[0]?.metadata;
    assert.deepEqual(metadataOf('{"actor":"import","attempts":3}'), { actor: 'import', attempts: '3' });
    assert.deepEqual(metadataOf('{ "actor" : "Zoë ☃" }'), { actor: 'Zoë ☃' });
  });
});
