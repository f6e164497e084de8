/** The lives that must end right, while nothing is late. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { someCustomer, TestSystem } from './system.ts';

let system: TestSystem;
before(async () => {
  system = await TestSystem.start({ GATEWAY_TIMEOUT: '500ms', PAYMENT_RETRY: '50ms', GATEWAY_SLOW: '2s' });
});

describe('an order', () => {
  test('is paid, reviewed and approved', async () => {
    const id = await system.place();
    const order = await system.reaches(id, 'Approved');
    assert.equal(order.amount, 400);
    assert.deepEqual(await system.events(id), ['created', 'paymentdebited', 'approved']);
    assert.equal((await system.payment(id))?.status, 'debited');
  });

  test('whose payment is declined is cancelled, and nothing is debited', async () => {
    const id = await system.place({ customer: someCustomer('test-decline') });
    assert.equal((await system.reaches(id, 'Cancelled')).reason, 'payment_declined');
    assert.deepEqual(await system.events(id), ['created', 'paymentdeclined', 'cancelled']);
    assert.equal((await system.payment(id))?.status, 'declined');
  });

  test('whose review is rejected is voided and cancelled', async () => {
    const id = await system.place({ code: 'test-reject' });
    assert.equal((await system.reaches(id, 'Cancelled')).reason, 'review_rejected');
    assert.deepEqual(await system.events(id), [
      'created',
      'paymentdebited',
      'reviewrejected',
      'paymentvoidrequested',
      'paymentvoided',
      'cancelled',
    ]);
    assert.deepEqual(await system.payment(id).then((payment) => payment?.voided_minor), '40000');
  });

  test('whose gateway times out after debiting is debited once', async () => {
    const id = await system.place({ customer: someCustomer('test-timeout-after-success') });
    await system.reaches(id, 'Approved');
    assert.deepEqual(await system.events(id), ['created', 'paymentdebited', 'approved']);
  });

  for (const payer of ['test-error-then-success', 'test-error-after-success'])
    test(`whose gateway fails once (${payer}) is approved all the same`, async () => {
      const id = await system.place({ customer: someCustomer(payer) });
      await system.reaches(id, 'Approved');
    });
});

describe('a cancellation', () => {
  test('before the debit: the void overtakes it, the debit is refused, and one void is recorded', async () => {
    const id = await system.place({ customer: someCustomer('test-slow') });
    const answer = await system.call('POST', `/api/orders/${id}/cancel`, { body: { reason: 'changed my mind' } });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.equal((await system.reaches(id, 'Cancelled')).reason, 'customer');
    const events = await system.events(id);
    assert.deepEqual(events, ['created', 'cancelrequested', 'paymentvoidrequested', 'paymentvoided', 'cancelled']);
    const payment = await system.payment(id);
    assert.deepEqual([payment?.status, payment?.voided_minor], ['voided', '0']);
  });

  test('after the debit gives the money back', async () => {
    const id = await system.place({ price: '5000' });
    await system.reaches(id, 'InReview');
    await system.call('POST', `/api/orders/${id}/cancel`, { body: { reason: 'too late' } });
    await system.reaches(id, 'Cancelled');
    assert.equal((await system.payment(id))?.voided_minor, '1000000');
  });

  test('asked for again is a success, and after the approval a conflict', async () => {
    const cancelled = await system.place({ customer: someCustomer('test-decline') });
    await system.reaches(cancelled, 'Cancelled');
    assert.equal(
      (await system.call('POST', `/api/orders/${cancelled}/cancel`, { body: { reason: 'again' } })).status,
      200,
    );
    const approved = await system.place();
    await system.reaches(approved, 'Approved');
    assert.equal((await system.call('POST', `/api/orders/${approved}/cancel`, { body: { reason: 'no' } })).status, 409);
  });

  test('that races with the approval: exactly one of them wins', async () => {
    const ids = await Promise.all(Array.from({ length: 40 }, () => system.place()));
    await Promise.all(ids.map((id) => system.call('POST', `/api/orders/${id}/cancel`, { body: { reason: 'race' } })));
    for (const id of ids) {
      await system.eventually(`order ${id} ends`, async () =>
        ['Approved', 'Cancelled'].includes((await system.order(id)).status),
      );
      const events = await system.events(id);
      assert.equal(events.filter((type) => type === 'approved' || type === 'cancelled').length, 1, events.join());
      const payment = await system.payment(id);
      const isCancelled = events.includes('cancelled');
      assert.equal(payment?.status, isCancelled ? 'voided' : 'debited');
    }
  });

  test('whose void fails three times succeeds in the end', async () => {
    const id = await system.place({ customer: someCustomer('test-void-fails-3'), code: 'test-reject' });
    assert.equal((await system.reaches(id, 'Cancelled')).reason, 'review_rejected');
    const events = await system.events(id);
    assert.equal(events.filter((type) => type === 'paymentvoided').length, 1);
  });
});

describe('the same POST', () => {
  test('at once and later makes one order', async () => {
    const key = randomUUID();
    const customer = someCustomer();
    const answers = await Promise.all(Array.from({ length: 10 }, () => system.post({ key, customer })));
    const later = await system.post({ key, customer });
    const ids = new Set([...answers, later].map((answer) => JSON.stringify(answer.body)));
    assert.equal(ids.size, 1);
    assert.equal(later.headers.get('idempotent-replayed'), 'true');
    assert.equal((await system.post({ key, customer, quantity: 3 })).status, 422);
  });
});

describe('a review above the limit', () => {
  test('is approved by a person', async () => {
    const id = await system.place({ price: '600.00' });
    await system.reaches(id, 'InReview');
    const { code, stderr } = await system.command('review', 'approve', id, '--reason', 'known customer');
    assert.equal(code, 0, stderr);
    await system.reaches(id, 'Approved');
  });

  test('is rejected by a person, and the money goes back', async () => {
    const id = await system.place({ price: '600.00' });
    await system.reaches(id, 'InReview');
    const answer = await system.call('POST', `/api/orders/${id}/review`, {
      body: { decision: 'reject', reason: 'looks wrong' },
    });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.equal((await system.reaches(id, 'Cancelled')).reason, 'review_rejected');
    assert.equal((await system.payment(id))?.voided_minor, '120000');
  });
});

test('and afterwards every promise holds', () => system.verify());
