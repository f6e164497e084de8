import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type OrdersInMemory, ordersInMemory, sampleOrder } from '../orders-in-memory.fixture.ts';

interface BadRequest {
  readonly name: string;
  readonly method?: 'GET' | 'POST';
  readonly url?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  readonly status: number;
  readonly code: string;
  /** Where, and the pointer to the field; undefined when there is no field to name. */
  readonly field?: readonly [where: string, pointer: string];
}

const [item] = sampleOrder.order_items;
const withOrder = (change: object): string => JSON.stringify({ ...sampleOrder, ...change });
const withItem = (change: object): string => withOrder({ order_items: [{ ...item, ...change }] });
/** A price as it stands in the text of the body; JSON.stringify would make another number of some of these. */
const withPrice = (price: string): string => withItem({ unit_price: 'PRICE' }).replace('"PRICE"', price);
const without = (name: string): string => withOrder({ [name]: undefined });
const id = '01890000-0000-7000-8000-000000000000';

const shape = { status: 400, code: 'invalid-request' };
const sense = { status: 422, code: 'invalid-order' };
const unreadable = { status: 400, code: 'malformed-request' };
const price = ['body', '/order_items/0/unit_price'] as const;
const quantity = ['body', '/order_items/0/quantity'] as const;

const badBodies: readonly BadRequest[] = [
  { name: 'no body', body: '', ...unreadable, field: ['body', ''] },
  { name: 'a body that is not JSON', body: '{"customer_id":', ...unreadable, field: ['body', ''] },
  { name: 'two JSON texts', body: '{}{}', ...unreadable, field: ['body', ''] },
  { name: 'bytes that are not UTF-8', body: Buffer.from([0x22, 0xff, 0x22]), ...unreadable, field: ['body', ''] },
  { name: 'nesting without end', body: '['.repeat(60_000), ...unreadable, field: ['body', ''] },
  {
    name: 'closed nesting too deep',
    body: '['.repeat(30_000) + ']'.repeat(30_000),
    ...unreadable,
    field: ['body', ''],
  },
  { name: '__proto__', body: '{"__proto__":{"a":1},"customer_id":"c"}', ...unreadable, field: ['body', '/__proto__'] },
  {
    name: '__proto__ written with an escape',
    body: '{"\\u005f_proto__":{}}',
    ...unreadable,
    field: ['body', '/__proto__'],
  },
  {
    name: '__proto__ deep inside',
    body: withItem({}).replace('"code"', '"__proto__"'),
    ...unreadable,
    field: ['body', '/__proto__'],
  },
  {
    name: 'constructor.prototype',
    body: '{"constructor":{"prototype":{}}}',
    ...unreadable,
    field: ['body', '/constructor/prototype'],
  },
  { name: 'a list', body: '[]', ...shape, field: ['body', ''] },
  { name: 'null', body: 'null', ...shape, field: ['body', ''] },
  { name: 'a number', body: '7', ...shape, field: ['body', ''] },
  { name: 'no customer', body: without('customer_id'), ...shape, field: ['body', '/customer_id'] },
  { name: 'no restaurant', body: without('restaurant_id'), ...shape, field: ['body', '/restaurant_id'] },
  { name: 'no items', body: without('order_items'), ...shape, field: ['body', '/order_items'] },
  { name: 'empty items', body: withOrder({ order_items: [] }), ...shape, field: ['body', '/order_items'] },
  {
    name: 'too many items',
    body: withOrder({ order_items: Array.from({ length: 101 }, () => item) }),
    ...shape,
    field: ['body', '/order_items'],
  },
  { name: 'items that are no list', body: withOrder({ order_items: item }), ...shape, field: ['body', '/order_items'] },
  {
    name: 'an item that is no object',
    body: withOrder({ order_items: ['vm'] }),
    ...shape,
    field: ['body', '/order_items/0'],
  },
  {
    name: 'a customer that is a number',
    body: withOrder({ customer_id: 1 }),
    ...shape,
    field: ['body', '/customer_id'],
  },
  { name: 'an empty customer', body: withOrder({ customer_id: '' }), ...shape, field: ['body', '/customer_id'] },
  {
    name: 'a customer with a NUL, which no database keeps',
    body: withOrder({ customer_id: 'a\u0000' }),
    ...shape,
    field: ['body', '/customer_id'],
  },
  {
    name: 'a customer with half a surrogate pair',
    body: withOrder({ customer_id: '\ud800' }),
    ...shape,
    field: ['body', '/customer_id'],
  },
  {
    name: 'a customer that is too long',
    body: withOrder({ customer_id: 'c'.repeat(101) }),
    ...shape,
    field: ['body', '/customer_id'],
  },
  { name: 'an unknown field', body: withOrder({ discount: 5 }), ...shape, field: ['body', '/discount'] },
  {
    name: 'a status, which is ours to say',
    body: withOrder({ status: 'Approved' }),
    ...shape,
    field: ['body', '/status'],
  },
  {
    name: 'an order id, which is ours to say',
    body: withOrder({ order_id: id }),
    ...shape,
    field: ['body', '/order_id'],
  },
  {
    name: 'an unknown field of an item',
    body: withItem({ 'a/b~c': 1 }),
    ...shape,
    field: ['body', '/order_items/0/a~1b~0c'],
  },
  { name: 'no price', body: withItem({ unit_price: undefined }), ...shape, field: price },
  { name: 'a price that is null', body: withPrice('null'), ...shape, field: price },
  { name: 'a price that is true', body: withPrice('true'), ...shape, field: price },
  { name: 'an empty price', body: withPrice('""'), ...shape, field: price },
  { name: 'a price without end', body: withPrice(`1${'0'.repeat(50)}`), ...shape, field: price },
  { name: 'a price in words', body: withPrice('"ten"'), ...sense, field: price },
  { name: 'a price with a currency sign', body: withPrice('"$10"'), ...sense, field: price },
  { name: 'a price with spaces', body: withPrice('" 10"'), ...sense, field: price },
  { name: 'a hexadecimal price', body: withPrice('"0x10"'), ...sense, field: price },
  { name: 'a price that is NaN', body: withPrice('"NaN"'), ...sense, field: price },
  { name: 'a negative price', body: withPrice('-1'), ...sense, field: price },
  { name: 'a price of minus zero', body: withPrice('-0'), ...sense, field: price },
  { name: 'a price with an exponent', body: withPrice('1e2'), ...sense, field: price },
  { name: 'a price beyond every float', body: withPrice('1e400'), ...sense, field: price },
  { name: 'too many decimals', body: withPrice('19.999'), ...sense, field: price },
  { name: 'decimals that a float would round away', body: withPrice('19.999999999999999999'), ...sense, field: price },
  {
    name: 'a decimal beyond 2^53 that a float would drop',
    body: withPrice('9007199254740993.01'),
    ...sense,
    field: price,
  },
  {
    name: 'decimals in a currency that has none',
    body: withPrice('1.5').replace('{', '{"currency":"JPY",'),
    ...sense,
    field: price,
  },
  { name: 'a price that is too large', body: withPrice('10000000000000'), ...sense, field: price },
  {
    name: 'an amount that is too large',
    body: withPrice('9999999999999'),
    ...sense,
    field: ['body', '/order_items/0'],
  },
  { name: 'an order that costs nothing', body: withPrice('0'), ...sense, field: ['body', '/order_items'] },
  { name: 'no quantity', body: withItem({ quantity: undefined }), ...shape, field: quantity },
  { name: 'a quantity of zero', body: withItem({ quantity: 0 }), ...shape, field: quantity },
  { name: 'a negative quantity', body: withItem({ quantity: -1 }), ...shape, field: quantity },
  { name: 'a fractional quantity', body: withItem({ quantity: 1.5 }), ...shape, field: quantity },
  { name: 'a quantity as text', body: withItem({ quantity: '2' }), ...shape, field: quantity },
  { name: 'a quantity beyond reason', body: withItem({ quantity: 1e15 }), ...shape, field: quantity },
  { name: 'an unknown currency', body: withOrder({ currency: 'XXQ' }), ...sense, field: ['body', '/currency'] },
  { name: 'a currency in small letters', body: withOrder({ currency: 'usd' }), ...shape, field: ['body', '/currency'] },
  {
    name: 'a body of 1 MB',
    body: withOrder({ customer_id: 'c'.repeat(1024 * 1024) }),
    status: 413,
    code: 'body-too-large',
    field: ['body', ''],
  },
];

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const others: readonly BadRequest[] = [
  {
    name: 'a form',
    headers: form,
    body: 'customer_id=c',
    status: 415,
    code: 'unsupported-media-type',
    field: ['body', ''],
  },
  {
    name: 'plain text',
    headers: { 'content-type': 'text/plain' },
    body: '{}',
    status: 415,
    code: 'unsupported-media-type',
    field: ['body', ''],
  },
  { name: 'a key that is empty', headers: { 'idempotency-key': '' }, ...shape, field: ['header', '/idempotency-key'] },
  {
    name: 'a key that is too long',
    headers: { 'idempotency-key': 'k'.repeat(256) },
    ...shape,
    field: ['header', '/idempotency-key'],
  },
  {
    name: 'a key that is not ASCII',
    headers: { 'idempotency-key': 'schlüssel' },
    ...shape,
    field: ['header', '/idempotency-key'],
  },
  { name: 'an id that is no uuid', method: 'GET', url: '/api/orders/1', ...shape, field: ['path', '/id'] },
  { name: 'an id that is SQL', method: 'GET', url: "/api/orders/'%20or%201=1", ...shape, field: ['path', '/id'] },
  { name: 'an id too long to be looked at', method: 'GET', url: `/api/orders/${'a'.repeat(500)}`, ...unreadable },
  { name: 'an address with a broken escape', method: 'GET', url: '/api/orders/%zz', ...unreadable },
  { name: 'an order nobody placed', method: 'GET', url: `/api/orders/${id}`, status: 404, code: 'order-not-found' },
  {
    name: 'the events of an order nobody placed',
    method: 'GET',
    url: `/api/orders/${id}/events`,
    status: 404,
    code: 'order-not-found',
  },
  {
    name: 'the life of an order nobody placed',
    method: 'GET',
    url: `/api/orders/${id}/stream`,
    status: 404,
    code: 'order-not-found',
  },
  {
    name: 'a cancellation of an order nobody placed',
    url: `/api/orders/${id}/cancel`,
    body: '{}',
    status: 404,
    code: 'order-not-found',
  },
  {
    name: 'a review of an order nobody placed',
    url: `/api/orders/${id}/review`,
    body: '{"decision":"approve","reason":"r"}',
    status: 404,
    code: 'order-not-found',
  },
  {
    name: 'a review without a reason',
    url: `/api/orders/${id}/review`,
    body: '{"decision":"approve"}',
    ...shape,
    field: ['body', '/reason'],
  },
  {
    name: 'a review that decides nothing',
    url: `/api/orders/${id}/review`,
    body: '{"decision":"maybe","reason":"r"}',
    ...shape,
    field: ['body', '/decision'],
  },
  {
    name: 'a cancellation with an unknown field',
    url: `/api/orders/${id}/cancel`,
    body: '{"why":1}',
    ...shape,
    field: ['body', '/why'],
  },
  {
    name: 'an If-Match that is no ETag',
    url: `/api/orders/${id}/cancel`,
    headers: { 'if-match': 'x' },
    body: '{}',
    ...shape,
    field: ['header', '/if-match'],
  },
  {
    name: 'a position that is none',
    method: 'GET',
    url: `/api/orders/${id}`,
    headers: { 'eventstream-min-position': '7' },
    ...shape,
    field: ['header', '/eventstream-min-position'],
  },
  {
    name: 'a Last-Event-ID that is none',
    method: 'GET',
    url: `/api/orders/${id}/stream`,
    headers: { 'last-event-id': 'x' },
    ...shape,
    field: ['header', '/last-event-id'],
  },
  { name: 'a page of nothing', method: 'GET', url: '/api/orders?limit=0', ...shape, field: ['query', '/limit'] },
  { name: 'a page too large', method: 'GET', url: '/api/orders?limit=101', ...shape, field: ['query', '/limit'] },
  { name: 'an unknown status', method: 'GET', url: '/api/orders?status=Lost', ...shape, field: ['query', '/status'] },
  { name: 'an unknown filter', method: 'GET', url: '/api/orders?sort=asc', ...shape, field: ['query', '/sort'] },
  ...['%00', 'a%00', '%0A'].map((text) => ({
    name: `a filter by ${text}`,
    method: 'GET' as const,
    url: `/api/orders?customer_id=${text}`,
    ...shape,
    field: ['query', '/customer_id'] as const,
  })),
  {
    name: 'a filter given twice',
    method: 'GET',
    url: '/api/orders?customer_id=a&customer_id=b',
    ...shape,
    field: ['query', '/customer_id'],
  },
  {
    name: 'a cursor of somebody else',
    method: 'GET',
    url: '/api/orders?cursor=abc',
    ...shape,
    field: ['query', '/cursor'],
  },
  { name: 'an address that is not there', method: 'GET', url: '/api/orderz', status: 404, code: 'no-such-resource' },
  {
    name: 'a method that is not there',
    method: 'POST',
    url: `/api/orders/${id}`,
    body: '{}',
    status: 404,
    code: 'no-such-resource',
  },
];

describe('bad input', () => {
  let orders: OrdersInMemory;
  before(async () => {
    orders = await ordersInMemory();
  });
  after(() => orders.close());

  for (const bad of [...badBodies, ...others])
    test(`${bad.name} is refused with ${bad.status} ${bad.code}`, async () => {
      const method = bad.method ?? 'POST';
      const reply = await orders.app.inject({
        method,
        url: bad.url ?? '/api/orders',
        headers: { ...(method === 'POST' ? { 'content-type': 'application/json' } : {}), ...bad.headers },
        ...(method === 'POST' ? { payload: bad.body ?? JSON.stringify(sampleOrder) } : {}),
      });
      const problem = reply.json();
      assert.equal(reply.statusCode, bad.status, reply.body);
      assert.equal(problem.code, bad.code);
      assert.equal(reply.headers['content-type'], 'application/problem+json');
      assert.equal(problem.type, `/problems/${bad.code}`);
      assert.equal(problem.status, bad.status);
      assert.ok(problem.request_id.length > 0);
      assert.doesNotMatch(problem.detail, /pattern/, 'what fits is said in words');
      assert.deepEqual(
        problem.errors?.map((fault: { in: string; pointer: string }) => [fault.in, fault.pointer]),
        bad.field === undefined ? undefined : [bad.field],
      );
      assert.deepEqual(await orders.events(), [], 'nothing is stored');
    });

  for (const [body, says] of [
    [without('customer_id'), 'body field /customer_id is missing'],
    [withOrder({ colour: 'red' }), 'body field /colour is not known'],
    [withItem({ quantity: 1.5 }), 'body field /order_items/0/quantity must be a whole number'],
    [withItem({ unit_price: true }), 'body field /order_items/0/unit_price must be a number or text'],
    ['[]', 'the body must be an object'],
  ] as const)
    test(`is explained in words: ${says}`, async () => {
      const headers = { 'content-type': 'application/json' };
      const reply = await orders.app.inject({ method: 'POST', url: '/api/orders', headers, payload: body });
      assert.equal(reply.json().detail, says);
    });

  test('names the values that are allowed', async () => {
    const reply = await orders.app.inject({ url: '/api/orders?status=done' });
    assert.match(reply.json().detail, /^query field \/status must be one of Pending, PaymentDebited, .*Cancelled$/);
  });
});
