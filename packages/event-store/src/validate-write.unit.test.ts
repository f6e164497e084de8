import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventId, eventType, logName, type NewEvent, noRevision, streamName } from '@eventstream/contracts';
import { newId } from '@eventstream/platform';
import { type EventRegistry, type RefusalCode, type Write, writeLimits } from './port.ts';
import { validateWrite } from './validate-write.ts';

const log = logName('ORDERS');
const registry: EventRegistry = { types: new Map([[log, new Set(['ORDERS.created'])]]) };

function event(
  changes: { data?: string | Uint8Array; metadata?: Record<string, string>; type?: string } = {},
): NewEvent {
  const { data = '{}', metadata = {}, type = 'ORDERS.created' } = changes;
  return { id: eventId(newId()), type: eventType(type), data: Buffer.from(data), metadata };
}

function write(first: NewEvent, ...rest: NewEvent[]): Write {
  return { log, streams: [{ stream: streamName('order-1'), expected: noRevision, events: [first, ...rest] }] };
}

function assertRefused(candidate: Write, code: RefusalCode): void {
  const answer = validateWrite(candidate, registry);
  assert.equal(answer.kind === 'refused' ? answer.code : answer.kind, code);
}

const text = (bytes: number): string => JSON.stringify('x'.repeat(bytes - 2));

describe('a write is refused', () => {
  test('when its log or type is not in the registry', () => {
    assertRefused({ ...write(event()), log: logName('OTHERS') }, 'unknown-log');
    assertRefused(write(event({ type: 'ORDERS.unheardof' })), 'unknown-type');
  });

  for (const [what, data] of [
    ['not JSON', '{"a":'],
    ['not UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
    ['JSON with a raw NUL', '"a\0b"'],
    ['JSON with an escaped NUL in a text', '{"a":["x\\u0000"]}'],
    ['JSON with an escaped NUL in a name', '{"x\\u0000":1}'],
  ] as const) {
    test(`when its data is ${what}`, () => assertRefused(write(event({ data })), 'bad-data'));
  }

  for (const [what, metadata] of [
    ['a name with a colon', { 'a:b': 'x' }],
    ['a name that is no name', { '': 'x' }],
    ['a line break', { actor: 'x\r\ny' }],
    ['a letter beyond ASCII', { actor: 'é' }],
    ['an outer blank, which headers lose', { actor: ' x' }],
    ['too many entries', Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`n${n}`, 'x']))],
  ] as const) {
    test(`when its metadata has ${what}`, () => assertRefused(write(event({ metadata })), 'bad-metadata'));
  }

  test('when an event, or all of them together, are too large', () => {
    assertRefused(write(event({ data: text(writeLimits.eventBytesMax + 1) })), 'too-large');
    assertRefused(write(event({ data: text(writeLimits.eventBytesMax), metadata: { a: '' } })), 'too-large');
    const large = () => event({ data: text(writeLimits.eventBytesMax) });
    assertRefused(write(large(), large(), large(), large(), event()), 'too-large');
  });

  test('when it has too many events, an id twice or a stream twice', () => {
    assertRefused(write(event(), ...Array.from({ length: writeLimits.eventsMax }, () => event())), 'too-many-events');
    const same = event();
    assertRefused(write(same, same), 'bad-write');
    const [stream] = write(event()).streams;
    assertRefused({ log, streams: [stream, { ...stream, events: [event()] }] }, 'bad-write');
  });
});

describe('a write is accepted', () => {
  for (const [what, data] of [
    ['empty', ''],
    ['a backslash before u0000, which is no NUL', '"\\\\u0000"'],
    ['any JSON value', 'null'],
    ['text in any script', '{"name":"Łódź 寿司"}'],
  ] as const) {
    test(`when its data is ${what}`, () => {
      const answer = validateWrite(write(event({ data, metadata: { actor: 'x y', empty: '' } })), registry);
      assert.deepEqual(answer, { kind: 'valid', eventCount: 1, bytes: Buffer.byteLength(data) + 13 });
    });
  }
});
