import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { eventId, eventType, orderId, position, revision, streamName } from './brands.ts';
import { metadataKeys } from './metadata.ts';
import { isCurrency, type Money, minorMax } from './money.ts';
import {
  decodeOrderEvent,
  encodeOrderEvent,
  orderSchemaVersion,
  UndecodableEvent,
  UnencodableEvent,
} from './order-event-codec.ts';
import {
  cancelReasons,
  type OrderEvent,
  type OrderEventKind,
  orderEventKind,
  orderEventTypes,
  orderStream,
  ordersLog,
  typeOfKind,
} from './order-events.ts';
import type { RecordedEvent } from './recorded-event.ts';

const order = orderId('0198c0de-0000-7000-8000-000000000001');
const other = orderId('0198c0de-0000-7000-8000-000000000002');

function recorded(kind: OrderEventKind, data: Uint8Array | string, change: Partial<RecordedEvent> = {}): RecordedEvent {
  return {
    id: eventId('0198c0de-0000-7000-8000-00000000000e'),
    type: typeOfKind(kind),
    data: typeof data === 'string' ? new TextEncoder().encode(data) : data,
    metadata: { [metadataKeys.schemaVersion]: orderSchemaVersion },
    log: ordersLog,
    position: position(7),
    stream: orderStream(order),
    revision: revision(1),
    recordedAtMs: 0,
    ...change,
  };
}

const plain = { noNullPrototype: true } as const;
const currency = fc.constantFrom(...['USD', 'JPY', 'KWD', 'CLF'].filter(isCurrency));
const money: fc.Arbitrary<Money> = fc.record({ minor: fc.bigInt({ min: 0n, max: minorMax }), currency }, plain);
const text = fc.string({ unit: 'grapheme', maxLength: 100 }).filter((value) => !value.includes('\0'));
const reason = fc.constantFrom(...cancelReasons);
const anyItem = fc.record(
  {
    code: text,
    name: text,
    unitPriceMinor: fc.bigInt({ min: 0n, max: minorMax }),
    quantity: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  },
  plain,
);
const kinds: { readonly [Kind in OrderEventKind]: fc.Arbitrary<Extract<OrderEvent, { kind: Kind }>> } = {
  created: fc.record(
    {
      kind: fc.constant('created'),
      orderId: fc.constant(order),
      customerId: fc.string({ unit: 'binary', minLength: 1, maxLength: 100 }).filter((value) => !value.includes('\0')),
      restaurantId: text,
      items: fc.array(anyItem, { minLength: 1, maxLength: 5 }),
      amount: money,
      createdOn: fc.constant('2026-01-01T00:00:00.000Z'),
      requestHash: fc.constantFrom('', 'ab12'),
    },
    plain,
  ),
  paymentDebited: fc.record(
    {
      kind: fc.constant('paymentDebited'),
      customerId: text,
      amount: money,
      gatewayReference: fc.option(text),
    },
    plain,
  ),
  paymentDeclined: fc.record({ kind: fc.constant('paymentDeclined'), code: text, message: text }, plain),
  reviewRequested: fc.record({ kind: fc.constant('reviewRequested'), rule: text }, plain),
  approved: fc.record({ kind: fc.constant('approved'), by: text, reason: text }, plain),
  reviewRejected: fc.record({ kind: fc.constant('reviewRejected'), by: text, reason: text }, plain),
  cancelRequested: fc.record(
    {
      kind: fc.constant('cancelRequested'),
      by: fc.constantFrom('customer', 'operator'),
      reason: text,
    },
    plain,
  ),
  paymentVoidRequested: fc.record({ kind: fc.constant('paymentVoidRequested'), reason }, plain),
  paymentVoided: fc.record({ kind: fc.constant('paymentVoided'), amount: money }, plain),
  cancelled: fc.record({ kind: fc.constant('cancelled'), reason }, plain),
};

describe('every event comes back from its bytes as it was', () => {
  for (const [kind, events] of Object.entries(kinds))
    test(kind, () => {
      fc.assert(
        fc.property<[OrderEvent]>(events, (event) => {
          const read = decodeOrderEvent(recorded(event.kind, encodeOrderEvent(order, event)));
          assert.deepEqual(read, event);
        }),
      );
    });
});

test('every kind has a type of the log ORDERS, and every type its kind', () => {
  for (const [kind, type] of Object.entries(orderEventTypes)) {
    assert.equal(orderEventKind(type), kind);
    assert.match(type, /^ORDERS\.[a-z]+$/);
  }
  assert.equal(new Set(Object.values(orderEventTypes)).size, Object.keys(kinds).length);
  for (const type of ['ORDERS.unknown', 'created', 'constructor', '']) assert.equal(orderEventKind(type), undefined);
});

test('what the seed’s programs read stands beside what we read: amounts in major units, as JSON numbers', () => {
  const json = (event: OrderEvent): unknown => JSON.parse(Buffer.from(encodeOrderEvent(order, event)).toString());
  const usd = (minor: bigint): Money => {
    const code = 'USD';
    assert(isCurrency(code));
    return { minor, currency: code };
  };
  const created = json({
    kind: 'created',
    orderId: order,
    customerId: 'c',
    restaurantId: 'r',
    items: [{ code: 'vm', name: 'Veg Meals', unitPriceMinor: 20_000n, quantity: 2 }],
    amount: usd(40_000n),
    createdOn: '2026-01-01T00:00:00.000Z',
    requestHash: '',
  });
  assert.deepEqual(created, {
    order_id: order,
    customer_id: 'c',
    restaurant_id: 'r',
    order_items: [{ code: 'vm', name: 'Veg Meals', unit_price: 200, unit_price_minor: '20000', quantity: 2 }],
    amount: 400,
    amount_minor: '40000',
    currency: 'USD',
    status: 'Pending',
    created_on: '2026-01-01T00:00:00.000Z',
    request_hash: '',
  });
  const debited = json({ kind: 'paymentDebited', customerId: 'c', amount: usd(1_990n), gatewayReference: 'g' });
  assert.deepEqual(debited, {
    OrderID: order,
    CustomerID: 'c',
    Amount: 19.9,
    amount_minor: '1990',
    currency: 'USD',
    gateway_reference: 'g',
  });
});

describe('an event that nobody could read back is not written', () => {
  const refused = (event: OrderEvent): void =>
    assert.throws(() => encodeOrderEvent(order, event), UnencodableEvent, JSON.stringify(event.kind));
  test('because a text is too long, or cannot stand in a database', () => {
    refused({ kind: 'paymentDeclined', code: 'no', message: 'x'.repeat(1_001) });
    refused({ kind: 'approved', by: 'policy', reason: 'a\0b' });
    refused({ kind: 'approved', by: 'policy', reason: '\ud800' });
  });
  test('because its customer could not be asked to pay: the gateway refuses such a payer, and the void as well', () => {
    const code = 'USD';
    assert(isCurrency(code));
    const item = { code: 'vm', name: 'Veg Meals', unitPriceMinor: 1n, quantity: 1 };
    const amount = { minor: 1n, currency: code };
    const rest = { restaurantId: '', items: [item], amount, createdOn: '2026-01-01T00:00:00.000Z', requestHash: '' };
    refused({ kind: 'created', orderId: order, customerId: '', ...rest });
    refused({ kind: 'created', orderId: order, customerId: 'c'.repeat(201), ...rest });
  });
  test('because an amount is negative or too large', () => {
    const code = 'USD';
    assert(isCurrency(code));
    refused({ kind: 'paymentVoided', amount: { minor: -1n, currency: code } });
    refused({ kind: 'paymentVoided', amount: { minor: minorMax + 1n, currency: code } });
  });
});

describe('an event that cannot be understood says why, and where it stands', () => {
  const unreadable = (event: RecordedEvent, why: RegExp, says: RegExp): void =>
    assert.throws(
      () => decodeOrderEvent(event),
      (error: unknown) => {
        assert(error instanceof UndecodableEvent);
        assert.match(error.why, why);
        assert.match(error.message, /ORDERS:7/);
        assert.match(error.message, says);
        assert(error.message.startsWith(`[${error.code}] `));
        assert.equal(error.eventId, event.id);
        return true;
      },
    );
  const unknown = (event: RecordedEvent, why: RegExp): void =>
    unreadable(event, why, /^\[contracts_unknown_event\] .* Deploy a version that knows it, then redrive/);
  const malformed = (event: RecordedEvent, why: RegExp): void =>
    unreadable(
      event,
      why,
      /^\[contracts_malformed_event\] .* newer version is no help: .*events --after 6 --limit 1 --json.*discard/,
    );
  const created = (change: Record<string, unknown>): string =>
    JSON.stringify({
      order_id: order,
      customer_id: 'c',
      restaurant_id: 'r',
      order_items: [{ code: 'vm', name: 'Veg Meals', unit_price: 200, unit_price_minor: '20000', quantity: 2 }],
      amount: 400,
      amount_minor: '40000',
      currency: 'USD',
      status: 'Pending',
      created_on: '2026-01-01T00:00:00.000Z',
      request_hash: '',
      ...change,
    });
  const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

  test('it is not UTF-8, or not JSON, or not an object', () => {
    malformed(recorded('approved', bytes(0xff, 0xfe)), /not JSON in UTF-8/);
    malformed(recorded('approved', bytes(0x22, 0xc3, 0x22)), /not JSON in UTF-8/);
    malformed(recorded('approved', '{"by":'), /not JSON in UTF-8/);
    for (const json of ['null', '[]', '"x"', '7']) malformed(recorded('approved', json), /must be/);
  });
  test('it comes from a later version of the program', () =>
    unknown(recorded('approved', '{}', { metadata: { [metadataKeys.schemaVersion]: '2' } }), /version 2 is unknown/));
  test('it comes from a later version of the program, which may write no JSON', () =>
    unknown(
      recorded('approved', bytes(0xff, 0xfe), { metadata: { [metadataKeys.schemaVersion]: '2' } }),
      /version 2 is unknown/,
    ));
  test('its type or its stream is not an order’s', () => {
    const type = recorded('approved', '{}');
    malformed({ ...type, stream: streamName(`basket-${order}`) }, /is not an order's/);
    unknown({ ...type, type: eventType('ORDERS.unheardof') }, /not in the registry/);
  });
  test('it creates another order than its stream’s, on which somebody else’s money would be taken', () =>
    malformed(recorded('created', created({ order_id: other })), new RegExp(`another order, ${other}`)));
  test('a field is missing or of the wrong kind, and is named', () => {
    malformed(recorded('approved', '{}'), /order_id/);
    malformed(recorded('created', created({ order_items: [] })), /order_items/);
    malformed(recorded('created', created({ amount_minor: '1e3' })), /amount_minor/);
    malformed(recorded('created', created({ amount_minor: '1000000000000000' })), /amount_minor/);
    malformed(recorded('created', created({ currency: 'XXX' })), /XXX is not a currency/);
    malformed(recorded('created', created({ customer_id: 'a\0b' })), /customer_id/);
    malformed(recorded('cancelled', JSON.stringify({ order_id: order, reason: 'boredom' })), /reason/);
  });
  test('a quantity is more than a database or a number can hold', () => {
    const items = (quantity: number) => [
      { code: 'vm', name: 'Veg Meals', unit_price: 200, unit_price_minor: '20000', quantity },
    ];
    for (const quantity of [0, -1, 1.5, 1e300, 2 ** 53])
      malformed(recorded('created', created({ order_items: items(quantity) })), /quantity/);
  });
});
