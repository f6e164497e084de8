import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { metadataKeys, type OrderEvent, orderEventTypes } from '@eventstream/contracts';
import type { StreamEvidence } from '../evidence.ts';
import { facts, lives, paymentOf, soundEvidence } from '../lives.fixture.ts';
import { damaged, mustName } from './check-order.fixture.ts';

const books = (change: object) => (evidence: StreamEvidence) => {
  assert(evidence.payment);
  return { payment: { ...evidence.payment, ...change } };
};

/** The same order, for which another program took the money; `booked` is what our provider has of it. */
const paidElsewhere =
  (booked: Pick<StreamEvidence, 'payment' | 'intent'>) =>
  ({ events }: StreamEvidence) => ({
    events: events.map((event) =>
      event.type === orderEventTypes.paymentDebited
        ? { ...event, metadata: { ...event.metadata, [metadataKeys.actor]: 'external' } }
        : event,
    ),
    ...booked,
  });

describe('a payment that another program took', () => {
  const payment = paymentOf(lives.approved);
  assert(payment);
  const nothing = { amountMinor: 1900n, ledgerDebitedMinor: 0n, voidedMinor: 0n, ledgerVoidedMinor: 0n };
  const intent = soundEvidence(lives.pending).evidence.intent;

  test('counts as external', () => {
    const { money, broken } = damaged(lives.approved, paidElsewhere({ payment: undefined, intent: undefined }));
    assert.equal(money.get('USD')?.external, 1900n);
    assert.deepEqual([...broken], []);
  });

  test('is paid twice when our provider took it as well, however alike the amounts are', () =>
    mustName(
      damaged(lives.approved, paidElsewhere({ payment, intent })),
      'money',
      /another program took 1900, and the provider took 1900 as well/,
    ));

  test('is paid once when our provider gave it back, or never took it', () => {
    const givenBack = paymentOf(lives.cancelled);
    const closed = { ...payment, ...nothing, status: 'voided' as const, reference: null };
    for (const booked of [givenBack, closed]) {
      const { money, broken } = damaged(lives.approved, paidElsewhere({ payment: booked, intent }));
      assert.deepEqual([...broken], []);
      assert.equal(money.get('USD')?.external, 1900n);
    }
  });
});

describe('damage in the books is named', () => {
  test('a doubled debit', () =>
    mustName(damaged(lives.approved, books({ ledgerDebitedMinor: 3800n })), 'money', /took 3800 for an order of 1900/));
  test('a debit that the provider does not have', () =>
    mustName(damaged(lives.approved, books({ ledgerDebitedMinor: 0n })), 'money', /the log says 1900 taken/));
  test('a void of another amount', () =>
    mustName(damaged(lives.cancelled, books({ ledgerVoidedMinor: 1n })), 'money', /took 1900 and gave back 1/));
  test('entries that do not balance', () =>
    mustName(damaged(lives.approved, books({ ledgerSumMinor: 5n })), 'money', /sum to 5, not 0/));
  test('money that moved after the end', () =>
    mustName(damaged(lives.approved, books({ ledgerVoidedMinor: 1900n })), 'money', /has ended/));
  test('money that moved without an intent', () =>
    mustName(
      damaged(lives.pending, () => ({ payment: paymentOf(lives.approved), intent: undefined })),
      'money',
      /without an intent/,
    ));
  test('a debit that the payment worker noted, of which nobody else knows', () =>
    mustName(
      damaged(lives.pending, ({ intent }) => ({ intent: intent && { ...intent, state: 'debited', isSettled: true } })),
      'money',
      /noted a debit, and the log does not have it/,
    ));
  test('a payment that the provider has forgotten', () =>
    mustName(
      damaged(lives.approved, () => ({ payment: undefined })),
      'money',
      /the provider knows of no payment/,
    ));
  test('a payment that the provider has forgotten, also after the payment worker has lost its intents', () => {
    const checked = damaged(lives.approved, () => ({ payment: undefined, intent: undefined }));
    mustName(checked, 'money', /the provider knows of no payment/);
    assert.equal(checked.money.get('USD')?.external, 0n);
  });
  test('a payment of another amount', () =>
    mustName(damaged(lives.approved, books({ amountMinor: 5n })), 'money', /payment is of 5 USD, the order of 1900/));
  test('a payment in another currency', () =>
    mustName(damaged(lives.approved, books({ currency: 'EUR' })), 'money', /payment is of 1900 EUR/));
  test('a payment whose status is not what was booked', () =>
    mustName(damaged(lives.approved, books({ status: 'declined' })), 'money', /declined; its entries are 1900 taken/));
  test('entries without a payment', () =>
    mustName(damaged(lives.approved, books({ status: 'unknown' })), 'money', /entries of a payment that it does not/));
  test('an intent of another amount', () =>
    mustName(
      damaged(lives.approved, ({ intent }) => ({ intent: intent && { ...intent, amountMinor: 1n } })),
      'money',
      /meant to take 1 USD for an order of 1900/,
    ));
  test('an intent to take the money from somebody else', () =>
    mustName(
      damaged(lives.approved, ({ intent }) => ({ intent: intent && { ...intent, payer: 'customer-2' } })),
      'money',
      /meant to take money from customer-2 for an order of customer-1/,
    ));
  test('a payment by somebody else', () =>
    mustName(
      damaged(lives.approved, books({ payer: 'customer-2' })),
      'money',
      /one of customer-2; the order is of cust/,
    ));
  test('entries in another currency, or on the account of somebody else', () =>
    mustName(damaged(lives.approved, books({ hasStrayEntry: true })), 'money', /on an account of neither/));
  test('a payment that the provider knows by another number', () =>
    mustName(damaged(lives.approved, books({ reference: 'g-2' })), 'money', /log knows the payment as g-1, .* as g-2/));
  test('a payment that was closed before it was taken, and that the provider would still take', () => {
    const nothing = { minor: 0n, currency: facts.debited.amount.currency };
    const life: OrderEvent[] = [facts.voidRequested, { kind: 'paymentVoided', amount: nothing }, facts.cancelled];
    const page = paymentOf(lives.approved);
    assert(page);
    const tombstone = { ...page, status: 'voided', ledgerDebitedMinor: 0n, reference: null };
    const closed = (payment: StreamEvidence['payment']) => damaged(life, () => ({ payment, intent: undefined }));
    mustName(closed(undefined), 'money', /the payment is closed; the provider would still take the money/);
    assert.deepEqual([...closed(tombstone).broken], []);
  });
  test('but money that moved under an open intent is only a remark', () => {
    const { broken, remarks } = damaged(lives.pending, () => ({ payment: paymentOf(lives.approved) }));
    assert.deepEqual([...broken], []);
    assert.equal(remarks.openIntents.count, 1);
  });
});
