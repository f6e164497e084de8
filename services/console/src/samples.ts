/** Sample orders: one that goes well, and one for each way in which an order can go wrong. */
import type { SampleKind } from './api/session.ts';

/** A kind, with the order that is placed for it. `customer` gets a suffix, so that many differ. */
export interface Sample extends SampleKind {
  readonly customer: string;
  readonly item: {
    readonly code: string;
    readonly name: string;
    readonly unitPrice: string;
    readonly quantity: number;
  };
}

const pizza = { code: 'pizza', name: 'Pizza Margherita', unitPrice: '9.50', quantity: 2 } as const;
const rejected = { ...pizza, code: 'test-reject' } as const;
const banquet = { code: 'banquet', name: 'Banquet', unitPrice: '1200.00', quantity: 1 } as const;

/** Every kind. Customers that begin with `test-` are the test payers of the stand-in gateway. */
export const samples: readonly Sample[] = [
  {
    kind: 'good',
    title: 'Good order',
    means: 'It is paid and approved at once.',
    ends: 'Approved',
    customer: 'console',
    item: pizza,
  },
  {
    kind: 'review',
    title: 'Needs a person',
    means: 'It is above what the policy approves by itself, and waits for your decision.',
    ends: 'waits for a person',
    customer: 'console',
    item: banquet,
  },
  {
    kind: 'rejected',
    title: 'Rejected after payment',
    means: 'The review rejects it, and its money goes back.',
    ends: 'Cancelled',
    customer: 'console',
    item: rejected,
  },
  {
    kind: 'declined',
    title: 'Card declined',
    means: 'The provider declines the payment, and the order is cancelled.',
    ends: 'Cancelled',
    customer: 'test-decline',
    item: pizza,
  },
  {
    kind: 'insufficient-funds',
    title: 'Insufficient funds',
    means: 'The provider declines for want of money, and the order is cancelled.',
    ends: 'Cancelled',
    customer: 'test-insufficient-funds',
    item: pizza,
  },
  {
    kind: 'slow',
    title: 'Slow provider',
    means: 'The provider takes its time; the order goes well.',
    ends: 'Approved',
    customer: 'test-slow',
    item: pizza,
  },
  {
    kind: 'timeout-after-success',
    title: 'Answer lost',
    means:
      'The provider takes the money and never says so; the worker asks again under the same key, and takes nothing twice.',
    ends: 'Approved',
    customer: 'test-timeout-after-success',
    item: pizza,
  },
  {
    kind: 'error-then-success',
    title: 'Error, then success',
    means: 'The first debit fails and takes nothing; the next one goes well.',
    ends: 'Approved',
    customer: 'test-error-then-success',
    item: pizza,
  },
  {
    kind: 'error-after-success',
    title: 'Error after success',
    means: 'The first debit takes the money and answers with an error; the repeated one finds it.',
    ends: 'Approved',
    customer: 'test-error-after-success',
    item: pizza,
  },
  {
    kind: 'void-fails',
    title: 'Refund fails three times',
    means: 'It is rejected after its payment, and the first three attempts to give the money back fail.',
    ends: 'Cancelled',
    customer: 'test-void-fails-3',
    item: rejected,
  },
  {
    kind: 'unavailable',
    title: 'Provider unavailable',
    means: 'Every debit fails until the payment’s deadline passes; then the order is cancelled.',
    ends: 'Cancelled',
    customer: 'test-unavailable',
    item: pizza,
  },
  {
    kind: 'silent',
    title: 'Provider silent',
    means: 'The money is taken and nobody is told; at the deadline the payment is closed, and the money goes back.',
    ends: 'Cancelled',
    customer: 'test-silent',
    item: pizza,
  },
];

/** Of a mixed burst: mostly good ones, and of each failing kind that ends soon a few. */
export const mixedKinds: readonly string[] = [
  ...Array.from({ length: 12 }, () => 'good'),
  'rejected',
  'declined',
  'insufficient-funds',
  'error-then-success',
  'error-after-success',
  'void-fails',
];
