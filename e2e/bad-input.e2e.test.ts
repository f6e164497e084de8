/** Nothing that makes no sense is stored, and whoever sent it is told which field; over HTTP and over gRPC. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { type RawCall, seedEventStore, versionedEventStore } from './raw-event-store.ts';
import { someCustomer, TestSystem } from './system.ts';

let system: TestSystem;
let store: RawCall;
let seed: RawCall;
before(async () => {
  // The seed's own programs play these two, at the end of this file.
  system = await TestSystem.start({}, { without: ['paymentworker', 'reviewworker'] });
  store = versionedEventStore(system.running.eventstoreAddress);
  seed = seedEventStore(system.running.eventstoreAddress);
});

async function head(): Promise<unknown> {
  return (await store('Head', { log: 'ORDERS' }))['position'];
}

/** Runs something that must leave nothing behind. */
async function storesNothing(work: () => Promise<void>): Promise<void> {
  const earlier = await head();
  await work();
  assert.equal(await head(), earlier, 'something was stored');
}

const item = { code: 'vm', name: 'Veg Meals', unit_price: '200', quantity: 2 };
const order = { customer_id: 'c-1', restaurant_id: 'r-1', order_items: [item] };
const withOrder = (change: object): string => JSON.stringify({ ...order, ...change });
const withItem = (change: object): string => withOrder({ order_items: [{ ...item, ...change }] });
/** A price as it stands in the text, which JSON.stringify would round. */
const withPrice = (price: string): string => withItem({ unit_price: 'PRICE' }).replace('"PRICE"', price);

/** What is posted, the status it gets, and the field that the answer names. */
const badOrders: readonly (readonly [what: string, body: string, status: number, pointer: string])[] = [
  ['no body', '', 400, ''],
  ['half a JSON text', '{"customer_id":', 400, ''],
  ['a list', '[]', 400, ''],
  ['__proto__', '{"__proto__":{"admin":true}}', 400, '/__proto__'],
  ['__proto__ inside an item', withItem({}).replace('"code"', '"__proto__"'), 400, '/__proto__'],
  ['constructor.prototype', '{"constructor":{"prototype":{}}}', 400, '/constructor/prototype'],
  ['a customer that is a number', withOrder({ customer_id: 1 }), 400, '/customer_id'],
  ['no customer', withOrder({ customer_id: undefined }), 400, '/customer_id'],
  ['a customer with a NUL', withOrder({ customer_id: 'a\u0000' }), 400, '/customer_id'],
  ['no items', withOrder({ order_items: undefined }), 400, '/order_items'],
  ['empty items', withOrder({ order_items: [] }), 400, '/order_items'],
  ['an unknown field', withOrder({ discount: 5 }), 400, '/discount'],
  ['a status, which is ours to say', withOrder({ status: 'Approved' }), 400, '/status'],
  ['an unknown field of an item', withItem({ colour: 'red' }), 400, '/order_items/0/colour'],
  ['a quantity of zero', withItem({ quantity: 0 }), 400, '/order_items/0/quantity'],
  ['a negative quantity', withItem({ quantity: -1 }), 400, '/order_items/0/quantity'],
  ['a fractional quantity', withItem({ quantity: 1.5 }), 400, '/order_items/0/quantity'],
  ['a quantity as text', withItem({ quantity: '2' }), 400, '/order_items/0/quantity'],
  ['a price that is null', withPrice('null'), 400, '/order_items/0/unit_price'],
  ['a price in words', withPrice('"ten"'), 422, '/order_items/0/unit_price'],
  ['a negative price', withPrice('-1'), 422, '/order_items/0/unit_price'],
  ['too many decimals', withPrice('19.999'), 422, '/order_items/0/unit_price'],
  ['decimals that a float would drop', withPrice('9007199254740993.01'), 422, '/order_items/0/unit_price'],
  ['a price beyond every float', withPrice('1e400'), 422, '/order_items/0/unit_price'],
  ['a price that is too large', withPrice('10000000000000'), 422, '/order_items/0/unit_price'],
  ['an amount that is too large', withPrice('9999999999999'), 422, '/order_items/0'],
  ['an order that costs nothing', withPrice('0'), 422, '/order_items'],
  ['an unknown currency', withOrder({ currency: 'XXQ' }), 422, '/currency'],
  ['a body of 1 MB', withOrder({ customer_id: 'c'.repeat(1024 * 1024) }), 413, ''],
];

const nobody = '01890000-0000-7000-8000-000000000000';
/** Other requests that make no sense. */
const badRequests: readonly (readonly [
  what: string,
  request: readonly [method: string, path: string, headers?: Record<string, string>, body?: string],
  status: number,
  pointer?: string,
])[] = [
  ['an id that is no uuid', ['GET', '/api/orders/1'], 400, '/id'],
  ['an id that is SQL', ['GET', "/api/orders/'%20or%201=1"], 400, '/id'],
  ['an order nobody placed', ['GET', `/api/orders/${nobody}`], 404],
  ['a cancellation of an order nobody placed', ['POST', `/api/orders/${nobody}/cancel`, {}, '{}'], 404],
  ['a review without a reason', ['POST', `/api/orders/${nobody}/review`, {}, '{"decision":"approve"}'], 400, '/reason'],
  ['a page that is too large', ['GET', '/api/orders?limit=101'], 400, '/limit'],
  ['an unknown filter', ['GET', '/api/orders?sort=asc'], 400, '/sort'],
  [
    'a key that is too long',
    ['POST', '/api/orders', { 'idempotency-key': 'k'.repeat(256) }, withItem({})],
    400,
    '/idempotency-key',
  ],
  [
    'a form',
    ['POST', '/api/orders', { 'content-type': 'application/x-www-form-urlencoded' }, 'customer_id=c'],
    415,
    '',
  ],
  ['an address that is not there', ['GET', '/api/orderz'], 404],
];

const problemJson = Type.Object({
  status: Type.Integer(),
  code: Type.String({ minLength: 1 }),
  errors: Type.Optional(Type.Array(Type.Object({ pointer: Type.String() }))),
});

function assertProblem(answer: { status: number; headers: Headers; body: unknown }, wanted: number, pointer?: string) {
  assert.equal(answer.status, wanted, JSON.stringify(answer.body));
  assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  const problem = Value.Parse(problemJson, answer.body);
  assert.equal(problem.status, wanted);
  assert.deepEqual(
    problem.errors?.map((fault) => fault.pointer),
    pointer === undefined ? undefined : [pointer],
  );
}

describe('over HTTP, a problem that names the field answers', () => {
  for (const [what, body, wanted, pointer] of badOrders)
    test(what, () =>
      storesNothing(async () => {
        const headers = { 'content-type': 'application/json' };
        assertProblem(await system.call('POST', '/api/orders', { body, headers }), wanted, pointer);
      }),
    );

  for (const [what, [method, path, headers = {}, body], wanted, pointer] of badRequests)
    test(what, () =>
      storesNothing(async () => {
        const answer = await system.call(method, path, { headers, ...(body === undefined ? {} : { body }) });
        assertProblem(answer, wanted, pointer);
      }),
    );
});

const newEvent = () => ({
  id: randomUUID(),
  type: 'ORDERS.created',
  data: Buffer.from('{}'),
  metadata: {},
});
const write = (event: object, stream: object = {}, log = 'ORDERS') => ({
  write: { log, streams: [{ stream: `order-${randomUUID()}`, expected_revision: 0, events: [event], ...stream }] },
});
const deletesTheStream = '$JS.API.STREAM.DELETE.ORDERS';

/** What is appended, the status it gets, and what its text names. */
const badWrites: readonly (readonly [what: string, request: object, code: status, says: RegExp])[] = [
  ['nothing', {}, status.INVALID_ARGUMENT, /write/],
  ['no streams', { write: { log: 'ORDERS', streams: [] } }, status.INVALID_ARGUMENT, /streams/],
  ['no events', write(newEvent(), { events: [] }), status.INVALID_ARGUMENT, /events/],
  ['an id that is no uuid', write({ ...newEvent(), id: 'one' }), status.INVALID_ARGUMENT, /id/],
  ['data that is not JSON', write({ ...newEvent(), data: Buffer.from('{"a":') }), status.INVALID_ARGUMENT, /JSON/],
  [
    'a type that would delete the stream',
    write({ ...newEvent(), type: deletesTheStream }),
    status.INVALID_ARGUMENT,
    /type/,
  ],
  [
    'a type that is not in the registry',
    write({ ...newEvent(), type: 'ORDERS.nonsense' }),
    status.INVALID_ARGUMENT,
    /type/,
  ],
  [
    'an event that is too large',
    write({ ...newEvent(), data: Buffer.from(JSON.stringify('x'.repeat(1024 * 1024))) }),
    status.INVALID_ARGUMENT,
    /bytes/,
  ],
  ['a log nobody knows', write({ ...newEvent(), type: 'OTHER.created' }, {}, 'OTHER'), status.NOT_FOUND, /OTHER/],
];

const envelope = (id: string) => ({ aggregate_id: id, aggregate_type: 'order', stream: 'ORDERS' });
const seedEvent = (change: object) => ({
  event: {
    ...envelope(randomUUID()),
    event_id: randomUUID(),
    event_type: 'ORDERS.approved',
    event_data: '',
    ...change,
  },
});
/** The same for the seed's CreateEvent. */
const badSeedEvents: readonly (readonly [what: string, request: object, names: RegExp])[] = [
  ['no event', {}, /^3 INVALID_ARGUMENT: event: is missing/],
  ['an event id that is no uuid', seedEvent({ event_id: 'one' }), /event\.event_id/],
  ['an order id that is no uuid', seedEvent({ aggregate_id: 'one' }), /event\.aggregate_id/],
  ['data that is not JSON', seedEvent({ event_data: '{"a":' }), /event\.event_data/],
  ['a type that would delete the stream', seedEvent({ event_type: deletesTheStream }), /event\.event_type/],
  ['another stream', seedEvent({ stream: '$JS' }), /event\.stream/],
];

describe('over gRPC, a status with details answers', () => {
  for (const [what, request, code, says] of badWrites)
    test(`an append of ${what}`, () =>
      storesNothing(() => assert.rejects(store('Append', request), (error: object) => isStatus(error, code, says))));

  for (const [what, request, names] of badSeedEvents)
    test(`the seed's CreateEvent with ${what}`, () =>
      storesNothing(() =>
        assert.rejects(seed('CreateEvent', request), (error: object) =>
          isStatus(error, status.INVALID_ARGUMENT, names),
        ),
      ));

  test('an append at a revision that the stream does not have', () =>
    storesNothing(() =>
      assert.rejects(store('Append', write(newEvent(), { expected_revision: 7 })), (error: object) => {
        const { expected, actual } = detailsOf(error);
        assert.deepEqual([expected, actual].map(String), ['7', '0']);
        return isStatus(error, status.ABORTED, /revision 0/);
      }),
    ));

  test('an event that may not follow: the seed is answered is_success=false', () =>
    storesNothing(async () => {
      const answer = await seed('CreateEvent', seedEvent({}));
      assert.deepEqual([answer['is_success'], answer['error']], [false, 'there is no such order']);
    }));
});

function isStatus(error: object, code: status, says: RegExp): true {
  assert('code' in error && 'message' in error);
  assert.equal(error.code, code, String(error.message));
  assert.match(String(error.message), says);
  assert(error instanceof Error && 'metadata' in error);
  return true;
}

const number = Type.Union([Type.Number(), Type.String()]);
const conflictDetails = Type.Object({ details: Type.Object({ expected: number, actual: number }) });

/** What stands in the `error-details-bin` trailer. */
function detailsOf(error: object) {
  const trailers: unknown = 'metadata' in error ? error.metadata : undefined;
  assert(typeof trailers === 'object' && trailers !== null && 'get' in trailers && typeof trailers.get === 'function');
  return Value.Parse(conflictDetails, JSON.parse(String(trailers.get('error-details-bin')[0]))).details;
}

describe('programs written for the seed', () => {
  let events = 0;
  /** Version 1, as Go's uuid library makes them for the seed's programs. */
  const uuid1 = (): string => {
    events += 1;
    return `${events.toString(16).padStart(8, '0')}-5bbb-11f0-8de9-0242ac120002`;
  };
  const create = (id: string, type: string, data: string) =>
    seed('CreateEvent', {
      event: { ...envelope(id), event_id: uuid1(), event_type: `ORDERS.${type}`, event_data: data },
    });

  test('take the places of paymentworker and reviewworker, and the money they took counts as external', async () => {
    const customer = someCustomer();
    const id = await system.place({ customer });
    const debit = JSON.stringify({ OrderID: id, CustomerID: customer, Amount: 400 });
    assert.equal((await create(id, 'paymentdebited', debit))['is_success'], true);
    assert.equal((await create(id, 'approved', ''))['is_success'], true);
    assert.equal((await system.reaches(id, 'Approved')).amount, 400);
    assert.deepEqual(await system.events(id), ['created', 'paymentdebited', 'approved']);
    assert.equal(await system.payment(id), undefined);
    // Also: the broker's stream is still there, and a copy of the log.
    const { code, stdout } = await system.command('verify', '--json');
    assert.equal(code, 0, stdout);
    assert.match(stdout, /"external":\s*"40000"/);
  });
});
