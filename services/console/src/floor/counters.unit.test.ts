import assert from 'node:assert/strict';
import { test } from 'node:test';
import { composeCounters } from './counters.ts';

const line = (status: string, payment: string, orders: number, debitedMinor: bigint) => ({
  status,
  payment,
  currency: 'USD',
  orders,
  debitedMinor,
});
const counted = [
  line('Approved', 'debited', 2, 2_000n),
  line('Cancelled', 'closed', 1, 900n),
  line('InReview', 'debited', 1, 500n),
];
const books = (debitedMinor: bigint, voidedMinor: bigint) => [{ currency: 'USD', debitedMinor, voidedMinor }];
const at = { atMs: 5, isBehind: false };
const balanceOf = (...asked: Parameters<typeof composeCounters>) => composeCounters(...asked).money[0]?.balance;

test('orders are counted by status, and debits − voids = approved + in flight', () => {
  const counters = composeCounters(counted, books(3_400n, 900n), at);
  const [money] = counters.money;
  assert.deepEqual(
    [money?.debited, money?.voided, money?.approved, money?.inFlight].map((one) => one?.decimal),
    ['34.00', '9.00', '20.00', '5.00'],
  );
  assert.deepEqual([counters.orders, counters.byStatus.find(({ status }) => status === 'Approved')?.orders], [4, 2]);
});

test('the balance says whether the provider’s books agree, and only at rest that they do not', () => {
  assert.equal(balanceOf(counted, books(3_400n, 900n), at), 'balanced');
  assert.equal(balanceOf(counted, books(3_500n, 900n), at), 'differs');
  assert.equal(balanceOf(counted, books(3_500n, 900n), { ...at, isBehind: true }), 'moving');
  assert.equal(balanceOf([...counted, line('Pending', 'open', 1, 0n)], books(3_500n, 900n), at), 'moving');
  assert.equal(balanceOf(counted, undefined, at), 'unknown');
  assert.equal(balanceOf([], books(100n, 0n), at), 'differs', 'money that no order knows of');
});
