/** Many orders at once: none is lost, none is charged twice, whatever goes wrong with some of them. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { someCustomer, TestSystem } from './system.ts';

let system: TestSystem;
before(async () => {
  system = await TestSystem.start({ GATEWAY_TIMEOUT: '1s', PAYMENT_RETRY: '100ms', GATEWAY_SLOW: '300ms' });
});

async function countOf(status: string, customer: string): Promise<number> {
  let count = 0;
  let cursor = '';
  for (;;) {
    const query = new URLSearchParams({ status, customer_id: customer, limit: '100', ...(cursor ? { cursor } : {}) });
    const { body } = await system.call('GET', `/api/orders?${query.toString()}`);
    assert(typeof body === 'object' && body !== null && 'orders' in body && Array.isArray(body.orders));
    count += body.orders.length;
    cursor = 'next_cursor' in body && typeof body.next_cursor === 'string' ? body.next_cursor : '';
    if (cursor === '') return count;
  }
}

test('2,000 orders posted at once are all accepted and all approved', async () => {
  const customer = someCustomer();
  const answers = await Promise.all(Array.from({ length: 2_000 }, () => system.post({ customer })));
  assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [201]);
  await system.eventually('2,000 orders are approved', async () => (await countOf('Approved', customer)) === 2_000);
});

test('1,000 at once with a tenth failing in each way leave every promise intact', async () => {
  const ways = [
    'customer',
    'test-decline',
    'test-insufficient-funds',
    'test-slow',
    'test-timeout-after-success',
    'test-error-then-success',
    'test-error-after-success',
    'test-void-fails-3',
  ];
  const wishes = Array.from({ length: 1_000 }, (_, index) => ({
    customer: someCustomer(ways[index % 10] ?? 'customer'),
    code: index % 10 === 8 || index % 10 === 7 ? 'test-reject' : 'vm',
  }));
  const ids = await Promise.all(wishes.map((wish) => system.place(wish)));
  await Promise.all(
    ids
      .filter((_, index) => index % 10 === 9)
      .map((id) => system.call('POST', `/api/orders/${id}/cancel`, { body: { reason: 'a tenth' } })),
  );
  for (const id of ids)
    await system.eventually(`order ${id} ends`, async () =>
      ['Approved', 'Cancelled'].includes((await system.order(id)).status),
    );
  await system.verify();
});
