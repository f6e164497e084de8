import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type CancelReason,
  isCurrency,
  type Money,
  type OrderCreated,
  type OrderEvent,
  orderId,
} from '@eventstream/contracts';
import fc from 'fast-check';
import { decide, type RejectionCode } from './decide.ts';
import { evolve, foldOrder, hasEnded, noOrder, type Order } from './order.ts';

const usd = (minor: bigint): Money => {
  const currency = 'USD';
  assert(isCurrency(currency));
  return { minor, currency };
};
const created: OrderCreated = {
  kind: 'created',
  orderId: orderId('0198c0de-0000-7000-8000-000000000001'),
  customerId: 'customer-1',
  restaurantId: 'restaurant-1',
  items: [{ code: 'vm', name: 'Veg Meals', unitPriceMinor: 20000n, quantity: 2 }],
  amount: usd(40000n),
  createdOn: '2026-01-01T00:00:00.000Z',
  requestHash: 'aa',
};
const debited = {
  kind: 'paymentDebited',
  customerId: 'customer-1',
  amount: usd(40000n),
  gatewayReference: 'g-1',
} as const satisfies OrderEvent;
const declined: OrderEvent = { kind: 'paymentDeclined', code: 'insufficient_funds', message: 'no money' };
const inReview: OrderEvent = { kind: 'reviewRequested', rule: 'above 100' };
const approved: OrderEvent = { kind: 'approved', by: 'policy', reason: '' };
const rejected: OrderEvent = { kind: 'reviewRejected', by: 'policy', reason: 'item' };
const cancelRequested: OrderEvent = { kind: 'cancelRequested', by: 'customer', reason: 'changed my mind' };
const voidRequested = (reason: CancelReason): OrderEvent => ({ kind: 'paymentVoidRequested', reason });
const voided = (minor: bigint): OrderEvent => ({ kind: 'paymentVoided', amount: usd(minor) });
const cancelled = (reason: CancelReason): OrderEvent => ({ kind: 'cancelled', reason });

function given(...events: OrderEvent[]): { when(fact: OrderEvent): Expectation } {
  const order = foldOrder(events);
  return {
    when: (fact) => {
      const decision = decide(order, fact);
      return {
        thenStatus(status) {
          assert.equal(
            decision.kind,
            'event',
            JSON.stringify(decision, (_key, value) => (typeof value === 'bigint' ? String(value) : value)),
          );
          if (decision.kind === 'event') assert.equal(evolve(order, decision.event).status, status);
        },
        thenAlready: () => assert.equal(decision.kind, 'already'),
        thenRejected: (code) =>
          assert.equal(decision.kind === 'rejected' ? decision.rejection.code : decision.kind, code),
      };
    },
  };
}

interface Expectation {
  thenStatus(status: Order['status']): void;
  thenAlready(): void;
  thenRejected(code: RejectionCode): void;
}

describe('an order that goes well', () => {
  test('is Pending once created', () => given().when(created).thenStatus('Pending'));
  test('is PaymentDebited once paid', () => given(created).when(debited).thenStatus('PaymentDebited'));
  test('is Approved after the review', () => given(created, debited).when(approved).thenStatus('Approved'));
  test('is PaymentDebited also by a program that does not say who paid', () =>
    given(created)
      .when({ ...debited, customerId: '' })
      .thenStatus('PaymentDebited'));
  test('waits InReview for a person', () => given(created, debited).when(inReview).thenStatus('InReview'));
  test('is approved by that person', () => given(created, debited, inReview).when(approved).thenStatus('Approved'));
});

describe('an order that goes wrong', () => {
  test('is Cancelling when the payment is declined, and then Cancelled without a void', () => {
    given(created).when(declined).thenStatus('Cancelling');
    given(created, declined).when(cancelled('payment_declined')).thenStatus('Cancelled');
  });
  test('is not cancelled while its money is still taken', () =>
    given(created, debited, rejected).when(cancelled('review_rejected')).thenRejected('payment_not_closed'));
  test('is cancelled once the money is back', () =>
    given(created, debited, rejected, voidRequested('review_rejected'), voided(40000n))
      .when(cancelled('review_rejected'))
      .thenStatus('Cancelled'));
  test('keeps the first reason', () => {
    const order = foldOrder([created, debited, cancelRequested, voidRequested('review_timeout')]);
    assert.equal(order.status === 'Cancelling' && order.reason, 'customer');
  });
  test('records a debit that turns up while cancelling, so that it can be given back', () =>
    given(created, cancelRequested).when(debited).thenStatus('Cancelling'));
  test('takes no debit once the payment is closed', () =>
    given(created, cancelRequested, voidRequested('customer'), voided(0n))
      .when(debited)
      .thenRejected('payment_closed'));
  test('gives back what was taken, not something else', () => {
    given(created, debited, cancelRequested).when(voided(1n)).thenRejected('payment_wrong_amount');
    given(created, cancelRequested).when(voided(40000n)).thenRejected('payment_wrong_amount');
    given(created, cancelRequested).when(voided(0n)).thenStatus('Cancelling');
  });
  test('is not approved while cancelling', () =>
    given(created, debited, cancelRequested).when(approved).thenRejected('order_cancelling'));
});

describe('a wish that makes no sense', () => {
  test('an unknown order is not paid', () => given().when(debited).thenRejected('order_unknown'));
  test('an unpaid order is not approved', () => given(created).when(approved).thenRejected('order_not_paid'));
  test('another amount is not debited', () =>
    given(created)
      .when({ kind: 'paymentDebited', customerId: 'customer-1', amount: usd(1n), gatewayReference: null })
      .thenRejected('payment_wrong_amount'));
  test('another customer does not pay, neither first nor once the order is paid', () => {
    const byAnother: OrderEvent = { ...debited, customerId: 'customer-2' };
    given(created).when(byAnother).thenRejected('payment_wrong_payer');
    given(created, debited).when(byAnother).thenRejected('payment_wrong_payer');
  });
  test('an approved order is not cancelled', () =>
    given(created, debited, approved).when(cancelRequested).thenRejected('order_approved'));
  test('an order is created once', () =>
    given(created)
      .when({ ...created, requestHash: 'bb' })
      .thenRejected('order_exists'));
});

describe('the same wish again', () => {
  test('is a success without a second event', () => {
    given(created).when(created).thenAlready();
    given(created, debited).when(debited).thenAlready();
    given(created, debited, approved).when(approved).thenAlready();
    given(created, cancelRequested).when(cancelRequested).thenAlready();
    given(created, declined, cancelled('payment_declined')).when(cancelRequested).thenAlready();
    given(created, cancelRequested, voidRequested('customer')).when(voidRequested('customer')).thenAlready();
  });
});

test('whatever is proposed in whatever order, a life ends at most once and money given back equals money taken', () => {
  const proposals: OrderEvent[] = [
    debited,
    declined,
    inReview,
    approved,
    rejected,
    cancelRequested,
    voidRequested('payment_timeout'),
    voidRequested('review_timeout'),
    voided(40000n),
    voided(0n),
    cancelled('customer'),
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...proposals), { maxLength: 40 }), (wishes) => {
      let order: Order = evolve(noOrder, created);
      let taken = 0n;
      let ends = 0;
      for (const wish of wishes) {
        const decision = decide(order, wish);
        if (decision.kind !== 'event') continue;
        assert(!hasEnded(order), `${wish.kind} follows an end`);
        order = evolve(order, decision.event);
        if (wish.kind === 'paymentDebited') taken += wish.amount.minor;
        if (wish.kind === 'paymentVoided') taken -= wish.amount.minor;
        if (hasEnded(order)) ends += 1;
        assert(taken >= 0n && taken <= created.amount.minor, 'at most one debit, and no more back than was taken');
      }
      assert(ends <= 1);
      if (order.status === 'Approved') assert.equal(taken, created.amount.minor);
      if (order.status === 'Cancelled') assert.equal(taken, 0n);
    }),
    { numRuns: 2000 },
  );
});
