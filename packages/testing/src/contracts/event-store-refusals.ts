/** The contract of refusals: what can never be stored or published is refused, and nothing of it is stored. */
import assert from 'node:assert/strict';
import { eventType, logName, type NewEvent } from '@eventstream/contracts';
import { type EventStore, type RefusalCode, type Write, writeLimits } from '@eventstream/event-store';
import type { ContractTests } from './event-store-append.ts';
import { happened, newEvent, newStream, type OpenEventStore, openWorld, writeTo } from './event-store-fixture.ts';

/** A test that appends what `make` makes beside a good write: the one is refused, the other stored. */
function refuses(code: RefusalCode, make: (log: Write['log']) => Write) {
  return async (open: (options: OpenEventStore) => Promise<EventStore>): Promise<void> => {
    const { store, log } = await openWorld(open);
    const [good, bad] = await Promise.all([store.append(writeTo({ log })), store.append(make(log))]);
    assert.equal(good.kind, 'appended');
    assert.equal(bad.kind === 'refused' ? bad.code : bad.kind, code);
    assert.equal((await store.head(log)).position, 1);
  };
}

const withEvent = (event: (log: Write['log']) => NewEvent) => (log: Write['log']) => writeTo({ log }, event(log));
const withData = (data: string | Uint8Array) => withEvent((log) => newEvent(log, { data }));
const withMetadata = (metadata: Record<string, string>) => withEvent((log) => newEvent(log, { metadata }));
const textOf = (bytes: number) => JSON.stringify('x'.repeat(bytes - 2));

export const refusalTests: ContractTests = {
  'a type outside the registry is refused': refuses(
    'unknown-type',
    withEvent((log) => newEvent(log, { type: eventType(`${log}.unheardof`) })),
  ),
  'a type of another log is refused': refuses(
    'unknown-type',
    withEvent((log) => newEvent(log, { type: happened(logName('OTHERS')) })),
  ),
  'a type that addresses the broker itself cannot even be named': async () => {
    assert.throws(() => eventType('$JS.API.STREAM.DELETE.ORDERS'), { code: 'contracts_malformed_value' });
  },
  'a log outside the registry is refused': refuses('unknown-log', () => writeTo({ log: logName('NOWHERE') })),
  'data that is not JSON is refused': refuses('bad-data', withData('{"a":')),
  'data that is not UTF-8 is refused': refuses('bad-data', withData(Uint8Array.of(0x22, 0xc3, 0x28, 0x22))),
  'data with a NUL is refused': refuses('bad-data', withData('"a\0b"')),
  'data with an escaped NUL is refused': refuses('bad-data', withData('{"a":"\\u0000"}')),
  'metadata that cannot be a header is refused': refuses('bad-metadata', withMetadata({ actor: 'a\r\nb: c' })),
  'metadata beyond ASCII is refused': refuses('bad-metadata', withMetadata({ actor: 'José' })),
  'an event over the limit is refused': refuses('too-large', withData(textOf(writeLimits.eventBytesMax + 1))),
  'a write over the limit is refused': refuses('too-large', (log) =>
    writeTo({ log }, ...Array.from({ length: 5 }, () => newEvent(log, { data: textOf(writeLimits.eventBytesMax) }))),
  ),
  'too many events are refused': refuses('too-many-events', (log) =>
    writeTo({ log }, ...Array.from({ length: writeLimits.eventsMax + 1 }, () => newEvent(log))),
  ),
  'an id that is used twice in one write is refused': refuses('bad-write', (log) => {
    const event = newEvent(log);
    return writeTo({ log }, event, event);
  }),
  'a stream that is named twice in one write is refused': refuses('bad-write', (log) => {
    const stream = newStream();
    const [first] = writeTo({ log, stream }).streams;
    const [second] = writeTo({ log, stream }).streams;
    return { log, streams: [first, second] };
  }),
  'an event just at the limit is stored and read back': async (open) => {
    const { store, log } = await openWorld(open);
    const data = textOf(writeLimits.eventBytesMax);
    const outcome = await store.append(writeTo({ log }, newEvent(log, { data })));
    assert.equal(outcome.kind, 'appended');
  },
};
