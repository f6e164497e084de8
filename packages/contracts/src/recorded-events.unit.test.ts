/** Events as logs hold them, one file per schema version: what was stored once is read for ever. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { eventId, eventType, position, revision, streamName } from './brands.ts';
import { metadataKeys } from './metadata.ts';
import { decodeOrderEvent, orderSchemaVersion, UndecodableEvent } from './order-event-codec.ts';
import { orderEventTypes, ordersLog } from './order-events.ts';
import type { RecordedEvent } from './recorded-event.ts';

const recording = Compile(
  Type.Array(
    Type.Object({
      name: Type.String(),
      type: Type.String(),
      stream: Type.String(),
      metadata: Type.Record(Type.String(), Type.String()),
      data: Type.String(),
      /** Amounts as text. */
      means: Type.Unknown(),
    }),
    { minItems: 1 },
  ),
);

function recordingsOf(version: string) {
  const path = new URL(`../testdata/order-events-v${version}.json`, import.meta.url);
  return recording.Parse(JSON.parse(readFileSync(path, 'utf8')));
}

function toRecorded(from: ReturnType<typeof recordingsOf>[number]): RecordedEvent {
  return {
    id: eventId('0198c0de-0000-7000-8000-00000000000e'),
    type: eventType(from.type),
    data: new TextEncoder().encode(from.data),
    metadata: from.metadata,
    log: ordersLog,
    position: position(1),
    stream: streamName(from.stream),
    revision: revision(1),
    recordedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  };
}

/** The event as JSON can say it. */
function plain(event: unknown): unknown {
  return JSON.parse(JSON.stringify(event, (_, value) => (typeof value === 'bigint' ? value.toString() : value)));
}

/** Only the platform ends a saga's undoing, so these never came through the seed's CreateEvent. */
const oursAlone: ReadonlySet<string> = new Set([
  orderEventTypes.paymentVoidRequested,
  orderEventTypes.paymentVoided,
  orderEventTypes.cancelled,
]);
const expected = {
  0: Object.values(orderEventTypes).filter((type) => !oursAlone.has(type)),
  1: Object.values(orderEventTypes),
};

for (const [version, types] of Object.entries(expected))
  describe(`an event of schema version ${version} means what it always meant`, () => {
    const recordings = recordingsOf(version);
    test('and every type is among the recordings', () =>
      assert.deepEqual(new Set(recordings.map(({ type }) => type)), new Set<string>(types)));
    for (const one of recordings)
      test(one.name, () => assert.deepEqual(plain(decodeOrderEvent(toRecorded(one))), one.means));
  });

test('the version that is written is among the recordings', () => assert(orderSchemaVersion in expected));

describe('an event of the seed’s programs is refused rather than guessed', () => {
  const [sample] = recordingsOf('0');
  assert(sample);
  const changed = (data: string, metadata = sample.metadata): RecordedEvent => ({
    ...toRecorded(sample),
    data: new TextEncoder().encode(data),
    metadata,
  });
  const refused = (event: RecordedEvent, field: RegExp): void =>
    assert.throws(
      () => decodeOrderEvent(event),
      (error: unknown) => error instanceof UndecodableEvent && field.test(error.why),
    );
  test('when nobody noted a currency for its money', () =>
    refused(changed(sample.data, { [metadataKeys.schemaVersion]: '0' }), /amount_minor|unit_price_minor|currency/));
  test('when one of its items is not an item: none is dropped in silence', () =>
    refused(changed(sample.data.replace('[{', '[7,{')), /order_items/));
  test('when an amount is missing, negative, or not one of its currency', () => {
    refused(changed(sample.data.replace('"amount":400,', '')), /amount/);
    refused(changed(sample.data.replace('"amount":400', '"amount":-400')), /amount_minor/);
    refused(changed(sample.data.replace('"amount":400', '"amount":400.005')), /amount_minor/);
    refused(changed(sample.data.replace('"amount":400', '"amount":"400"')), /amount/);
  });
});
