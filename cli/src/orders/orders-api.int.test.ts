import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { CodedError, codeOf } from '@eventstream/platform';
import { keepKey, LostAnswer } from '../commands/place.ts';
import { type OrdersApi, ordersApi } from './orders-api.ts';

const order = {
  order_id: '0198c0de-0000-7000-8000-000000000001',
  customer_id: 'c-1',
  restaurant_id: 'r-1',
  order_items: [],
  amount_minor: '900',
  currency: 'USD',
  status: 'Pending',
  created_on: '2026-01-01T00:00:00.000Z',
  revision: 1,
};
const newOrder = { customer_id: 'c-1', restaurant_id: 'r-1', order_items: [] };

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body: unknown;
}

describe("ordersvc's API for commands", () => {
  let answer: Answer;
  let asked: IncomingMessage | undefined;
  let sent: unknown;
  const server = createServer((request, response) => {
    asked = request;
    text(request)
      .then((body) => {
        sent = body === '' ? undefined : JSON.parse(body);
        response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
        response.end(JSON.stringify(answer.body));
      })
      .catch((error: Error) => response.destroy(error));
  });
  let api: OrdersApi;
  let baseUrl = '';

  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert(typeof address === 'object' && address !== null);
    baseUrl = `http://127.0.0.1:${address.port}`;
    api = ordersApi(baseUrl);
  });
  const closeLater: { close(): unknown }[] = [server];
  after(() => {
    for (const one of closeLater) one.close();
  });

  test('places an order under the given key, and says when it was there before', async () => {
    answer = {
      status: 201,
      headers: { 'eventstream-position': 'ORDERS:7', 'idempotent-replayed': 'true' },
      body: order,
    };
    const placed = await api.place(newOrder, 'my key');
    assert.deepEqual([placed.order.order_id, placed.position, placed.replayed], [order.order_id, 'ORDERS:7', true]);
    assert.equal(asked?.headers['idempotency-key'], 'my key');
  });

  test('cancels as an operator', async () => {
    answer = { status: 200, body: order };
    await api.cancel(order.order_id, undefined);
    assert.deepEqual(sent, { by: 'operator' });
    await api.cancel(order.order_id, 'fraud');
    assert.deepEqual(sent, { by: 'operator', reason: 'fraud' });
  });

  test('asks for a page with what was chosen', async () => {
    answer = { status: 200, body: { orders: [order], next_cursor: null } };
    await api.list({ customer: 'a&b', status: 'Approved', cursor: undefined, limit: 5 });
    assert.equal(asked?.url, '/api/orders?limit=5&customer_id=a%26b&status=Approved');
  });

  test('makes a problem an error with its code, its fields and where it is explained', async () => {
    const errors = [{ in: 'body', pointer: '/currency', detail: 'is no currency' }];
    const problem = {
      type: '/problems/invalid-order',
      title: 'No',
      status: 422,
      detail: 'it',
      code: 'invalid-order',
      errors,
    };
    answer = { status: 422, body: problem };
    const error = await api.place(newOrder, 'k').catch((thrown: unknown) => thrown);
    assert(error instanceof CodedError);
    assert.equal(error.code, 'invalid-order');
    assert.match(error.message, /^No:\n {2}\/currency: is no currency/);
    assert.equal(error.nextStep, `Explained at ${baseUrl}/problems/invalid-order`);
  });

  test('says when to try again', async () => {
    const problem = { type: '/problems/overloaded', title: 'Busy', status: 503, detail: 'full', code: 'overloaded' };
    answer = { status: 503, headers: { 'retry-after': '2' }, body: problem };
    const error = await api.get(order.order_id).catch((thrown: unknown) => thrown);
    assert(error instanceof CodedError);
    assert.equal(error.nextStep, 'Try again in 2 s.');
  });

  test('does not take an answer of another program for an order', async () => {
    answer = { status: 200, body: { hello: 'world' } };
    await assert.rejects(api.get(order.order_id), (error) => codeOf(error) === 'answer_unreadable');
  });

  test('leaves open whether an order was placed when the answer breaks off, or is none', async () => {
    let rest = '';
    const broken = createTcpServer((socket) => {
      socket.once('data', () => socket.end(`HTTP/1.1 201 Created\r\n${rest}`));
    }).listen(0, '127.0.0.1');
    closeLater.push(broken);
    await once(broken, 'listening');
    const address = broken.address();
    assert(typeof address === 'object' && address !== null);
    for (const [said, code] of [
      [`content-length: 400\r\n\r\n{"order_id":"${order.order_id}"`, 'orders_unreachable'],
      ['content-length: 2\r\n\r\n{ ', 'answer_unreadable'],
    ] as const) {
      rest = said;
      const cut = ordersApi(`http://127.0.0.1:${address.port}`);
      const error = await cut.place(newOrder, 'my key').catch((thrown: unknown) => thrown);
      assert.equal(codeOf(error), code);
      assert.ok(keepKey(error, 'my key') instanceof LostAnswer);
    }
  });

  test('says that nobody answers', async () => {
    server.closeAllConnections();
    server.close();
    await assert.rejects(api.get(order.order_id), (error) => codeOf(error) === 'orders_unreachable');
  });
});
