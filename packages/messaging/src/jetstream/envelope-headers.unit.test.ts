import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  eventId,
  eventType,
  incarnation,
  logName,
  metadataFault,
  position,
  revision,
  streamName,
} from '@eventstream/contracts';
import { codeOf } from '@eventstream/platform';
import { MsgHdrsImpl } from '@nats-io/transport-node';
import * as fc from 'fast-check';
import type { Envelope } from '../port.ts';
import { EncodedHeaders, envelopeHeaders, envelopeId, parseEnvelope } from './envelope-headers.ts';
import { fieldsOfBytes, fieldsOfHeaders } from './wire-headers.ts';

const uuid = fc.uuid();
const metadataName = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,30}$/);
const printable = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((text) => !/[\p{Cc}\p{Cs}]/u.test(text));
const ownPrototype = { noNullPrototype: true } as const;
const events = fc.record(
  {
    id: uuid.map(eventId),
    type: fc.constantFrom('ORDERS.created', 'ORDERS.paymentdebited').map(eventType),
    log: fc.constant(logName('ORDERS')),
    stream: uuid.map((id) => streamName(`order-${id}`)),
    position: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }).map(position),
    revision: fc.integer({ min: 1, max: 1_000_000 }).map(revision),
    recordedAtMs: fc.integer({ min: 0, max: 8_000_000_000_000 }),
    data: fc.uint8Array({ maxLength: 50 }),
    metadata: fc.dictionary(metadataName, printable, { maxKeys: 6, ...ownPrototype }),
  },
  ownPrototype,
);
const envelopes: fc.Arbitrary<Envelope> = fc.record(
  { event: events, incarnation: uuid.map(incarnation), stub: fc.constant(false) },
  ownPrototype,
);

/** Over the wire: what the client encodes and decodes again. */
const wireText = (record: Record<string, string>) => {
  const headers = new MsgHdrsImpl();
  for (const [name, value] of Object.entries(record)) headers.set(name, value);
  return headers.encode();
};
const sent = (envelope: Envelope) => wireText(envelopeHeaders(envelope));

describe('an envelope in headers', () => {
  test('comes back as it was, whatever is in it', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        assert.deepEqual(parseEnvelope(fieldsOfBytes(sent(envelope)), envelope.event.data), envelope);
      }),
    );
  });

  test('is read from its bytes as the client reads it', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        const bytes = sent(envelope);
        assert.deepEqual(fieldsOfBytes(bytes), fieldsOfHeaders(MsgHdrsImpl.decode(bytes)));
      }),
    );
    for (const text of ['', 'NATS/1.0', 'NATS/1.0\r\n\r\n', 'NATS/1.0 503\r\n\r\n', 'NATS/1.0\r\na b'])
      assert.deepEqual(fieldsOfBytes(Buffer.from(text)), []);
  });

  test('goes out byte for byte as the client would write it', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        const record = envelopeHeaders(envelope);
        assert.deepEqual(Buffer.from(new EncodedHeaders(record).encode()), Buffer.from(wireText(record)));
      }),
    );
  });

  test('has the names of CloudEvents, and traceparent as tracing tools look for it', () => {
    const [envelope] = fc.sample(envelopes, { numRuns: 1, seed: 1 });
    assert.ok(envelope !== undefined);
    const traced = {
      ...envelope,
      event: { ...envelope.event, metadata: { traceparent: '00-a-b-01', actor: 'customer' } },
    };
    const headers = envelopeHeaders(traced);
    assert.equal(headers['ce-specversion'], '1.0');
    assert.equal(headers['ce-id'], envelope.event.id);
    assert.equal(headers['ce-type'], envelope.event.type);
    assert.equal(headers['ce-source'], '/logs/ORDERS');
    assert.equal(headers['ce-subject'], envelope.event.stream);
    assert.equal(headers['ce-time'], new Date(envelope.event.recordedAtMs).toISOString());
    assert.equal(headers['traceparent'], '00-a-b-01');
    assert.equal(headers['meta-actor'], 'customer');
    assert.equal(envelopeId(MsgHdrsImpl.decode(sent(traced))), envelope.event.id);
  });

  test('of a stub leaves metadata in the store, so that it always fits', () => {
    const [envelope] = fc.sample(envelopes, { numRuns: 1, seed: 2 });
    assert.ok(envelope !== undefined);
    const large = { ...envelope.event, metadata: { note: 'x'.repeat(100_000) } };
    const headers = envelopeHeaders({ ...envelope, event: large, stub: true });
    assert.ok(new EncodedHeaders(headers).bytes.length < 1_000);
    const parsed = parseEnvelope(fieldsOfBytes(wireText(headers)), new Uint8Array());
    assert.deepEqual([parsed.stub, parsed.event.id, parsed.event.metadata], [true, large.id, {}]);
  });

  test('comes back with whatever metadata may be stored', () => {
    const unit = fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom('a', 'A', '0', '.', '_', '-') },
      fc.constantFrom(' ', ':', '%', '"', '~', '\t', '\r', '\n', '\0', '\x7f', 'é', '\u2028', '\ud800'),
    );
    const text = fc.string({ unit, maxLength: 8 });
    const name = fc.oneof(text, fc.constantFrom('traceparent', 'Traceparent', 'meta-actor', 'ce-id', 'Nats-Msg-Id'));
    const storable = fc
      .dictionary(name, text, { maxKeys: 4, ...ownPrototype })
      .filter((metadata) => metadataFault(metadata) === undefined);
    fc.assert(
      fc.property(envelopes, storable, (envelope, metadata) => {
        const noted = { ...envelope, event: { ...envelope.event, metadata } };
        const bytes = new EncodedHeaders(envelopeHeaders(noted)).encode();
        assert.deepEqual(parseEnvelope(fieldsOfBytes(bytes), noted.event.data), noted);
      }),
    );
  });

  test('that lacks anything, or has it malformed, is no event', () => {
    const [envelope] = fc.sample(envelopes, { numRuns: 1, seed: 3 });
    assert.ok(envelope !== undefined);
    const good = envelopeHeaders(envelope);
    const needed = [
      'ce-id',
      'ce-type',
      'ce-source',
      'ce-subject',
      'ce-time',
      'eventstream-position',
      'eventstream-revision',
      'eventstream-incarnation',
    ];
    for (const name of needed) {
      for (const value of ['', 'nonsense', '-1', '1 2']) {
        const fields = Object.entries({ ...good, [name]: value });
        assert.throws(
          () => parseEnvelope(fields, new Uint8Array()),
          { code: 'envelope_malformed' },
          `${name}: ${value}`,
        );
      }
    }
    assert.throws(() => parseEnvelope([], new Uint8Array()), { code: 'envelope_malformed' });
  });

  test('whatever a stranger publishes is an event or is refused as malformed, and nothing else happens', () => {
    const name = fc.constantFrom(
      ...Object.keys(envelopeHeaders(fc.sample(envelopes, { numRuns: 1, seed: 3 })[0] ?? assert.fail())),
      'x',
    );
    const value = fc.string({ unit: 'binary-ascii', maxLength: 40 }).map((text) => text.replaceAll(/[\r\n\0]/g, ' '));
    const outcomes = new Set<string>();
    fc.assert(
      fc.property(
        envelopes,
        fc.array(fc.tuple(name, value), { maxLength: 4 }),
        fc.uint8Array({ maxLength: 80 }),
        (one, changes, data) => {
          const fields = Object.entries({ ...envelopeHeaders(one), ...Object.fromEntries(changes) });
          try {
            outcomes.add(typeof parseEnvelope(fields, data).event.position);
          } catch (error) {
            assert.equal(codeOf(error), 'envelope_malformed');
            outcomes.add('refused');
          }
        },
      ),
      { numRuns: 2_000 },
    );
    assert.deepEqual(outcomes, new Set(['number', 'refused']));
  });
});
