import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CodedError, codeOf } from '@eventstream/platform';
import { eventData, followOrder } from './follow-order.ts';
import type { OrderJson, StepJson } from './order-shapes.ts';
import type { OrdersApi } from './orders-api.ts';

const id = '0198c0de-0000-7000-8000-000000000001';
const order = (status: string): OrderJson => ({
  order_id: id,
  customer_id: 'c-1',
  restaurant_id: 'r-1',
  order_items: [],
  amount_minor: '100',
  currency: 'USD',
  status,
  created_on: '2026-01-01T00:00:00.000Z',
  revision: 1,
});
const step = (revision: number, status: string): StepJson => ({
  type: 'ORDERS.something',
  revision,
  position: `ORDERS:${revision}`,
  recorded_at: '2026-01-01T00:00:00.000Z',
  status,
});

const never = () => assert.fail('not called here');
const busy = () => {
  throw new CodedError('overloaded', 'too many followers', { details: { status: 503 } });
};
const gone = () => {
  throw new CodedError('order-not-found', 'no such order', { details: { status: 404 } });
};

/** An API whose stream answers in turn, and whose order then has this status. */
function apiOf(streams: readonly (() => Response | undefined)[], status: () => string): OrdersApi {
  let calls = 0;
  return {
    place: never,
    cancel: never,
    review: never,
    list: never,
    get: async () => order(status()),
    openStream: async () => {
      calls += 1;
      const answer = streams[calls - 1] ?? assert.fail(`the stream was asked for ${calls} times`);
      return answer();
    },
  };
}

const sent =
  (...steps: readonly StepJson[]) =>
  () =>
    new Response(
      steps.map((one) => `id: ${one.revision}\nevent: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`).join(':\n\n'),
    );

async function follow(api: OrdersApi, withinMs = 5_000) {
  const seen: number[] = [];
  const ended = await followOrder(api, id, { withinMs, onStep: ({ revision }) => seen.push(revision) });
  return { seen, status: ended.status };
}

describe('following an order', () => {
  test('tells each step and answers the end', async () => {
    const api = apiOf([sent(step(1, 'Pending'), step(2, 'Approved'))], () => 'Approved');
    assert.deepEqual(await follow(api), { seen: [1, 2], status: 'Approved' });
  });
  test('goes on over a broken stream, a busy service and repeated steps', async () => {
    let looks = 0;
    const api = apiOf([sent(step(1, 'Pending')), busy, sent(step(1, 'Pending'), step(2, 'Cancelled'))], () => {
      looks += 1;
      return looks < 3 ? 'Pending' : 'Cancelled';
    });
    assert.deepEqual(await follow(api), { seen: [1, 2], status: 'Cancelled' });
  });
  test('is over at once when the order had ended', async () =>
    assert.deepEqual(await follow(apiOf([() => undefined], () => 'Approved')), { seen: [], status: 'Approved' }));
  test('gives up what is refused for good', async () => {
    await assert.rejects(follow(apiOf([gone], () => 'Pending')), (error) => codeOf(error) === 'order-not-found');
  });
  test('gives up when there is no end in time', async () => {
    const api = apiOf([sent(step(1, 'Pending'))], () => 'Pending');
    await assert.rejects(follow(api, 50), (error) => codeOf(error) === 'order_unfinished');
  });
  test('says who must decide when the order waits for a person', async () => {
    const api = apiOf([sent(step(1, 'Pending'), step(2, 'InReview'))], () => 'InReview');
    await assert.rejects(follow(api, 50), {
      message: `Order ${id} waits for a person, and nobody has decided within 0.05 s.`,
      nextStep: `Decide: \`npx eventstream review approve ${id} --reason TEXT\`, or \`review reject\``,
    });
  });
});

test('server-sent events are read whatever pieces they come in', async () => {
  const pieces = [': hello\n\nid: 1\nda', 'ta: {"a":\r\ndata: 1}\r', '\n\r\n', 'data:2\n\nid: 3\n\ndata: cut off'];
  const data: string[] = [];
  for await (const one of eventData(ReadableStream.from(pieces))) data.push(one);
  assert.deepEqual(data, ['{"a":\n1}', '2']);
});
