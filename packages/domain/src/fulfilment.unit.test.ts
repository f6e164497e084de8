import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  decodeOrderEvent,
  encodeOrderEvent,
  isCurrency,
  type Money,
  type OrderEvent,
  orderId,
  orderSchemaVersion,
  orderStream,
  typeOfKind,
} from '@eventstream/contracts';
import type { SagaAction } from '@eventstream/saga/definition';
import { type Happening, sagaTest, type TestEvent, timePasses } from '@eventstream/saga/testkit';
import * as fc from 'fast-check';
import { fulfilment, fulfilmentEvent } from './fulfilment.ts';
import { decide } from './order/decide.ts';
import { foldOrder, hasEnded, noOrder, type Order } from './order/order.ts';

const id = orderId('00000000-0000-7000-8000-000000000001');
const euro: string = 'EUR';
assert.ok(isCurrency(euro));
const amount: Money = { minor: 4000n, currency: euro };
const nothing: Money = { minor: 0n, currency: euro };
const paymentWithinMs = 300_000;
const reviewWithinMs = 86_400_000;
const metadata = { 'schema-version': orderSchemaVersion };
const recorded = (event: OrderEvent): TestEvent => ({
  type: typeOfKind(event.kind),
  data: encodeOrderEvent(id, event),
  metadata,
});

const facts = {
  created: {
    kind: 'created',
    orderId: id,
    customerId: 'c-1',
    restaurantId: 'r-1',
    items: [{ code: 'a', name: 'A', unitPriceMinor: 4000n, quantity: 1 }],
    amount,
    createdOn: '2026-01-01T00:00:00.000Z',
    requestHash: 'ab',
  },
  paid: { kind: 'paymentDebited', customerId: 'c-1', amount, gatewayReference: 'g-1' },
  declined: { kind: 'paymentDeclined', code: 'insufficient_funds', message: 'no money' },
  reviewWanted: { kind: 'reviewRequested', rule: 'above-limit' },
  approved: { kind: 'approved', by: 'policy', reason: 'below the limit' },
  rejected: { kind: 'reviewRejected', by: 'policy', reason: 'blocked restaurant' },
  customerCancels: { kind: 'cancelRequested', by: 'customer', reason: 'hungry no more' },
  operatorCancels: { kind: 'cancelRequested', by: 'operator', reason: 'kitchen on fire' },
  voided: { kind: 'paymentVoided', amount },
  closed: { kind: 'paymentVoided', amount: nothing },
} as const satisfies Record<string, OrderEvent>;
const { created, paid, declined, reviewWanted, approved, rejected, customerCancels, operatorCancels, voided, closed } =
  facts;

const write = (action: SagaAction) => ({ data: encodeOrderEvent(id, fulfilmentEvent(action)), metadata });

function order(...given: readonly OrderEvent[]) {
  const saga = sagaTest(fulfilment({ paymentWithinMs, reviewWithinMs }), { stream: orderStream(id), write });
  return saga.given(...given.map(recorded));
}

describe('the life of an order, as far as the saga decides it', () => {
  test('approved: the saga has nothing to do', () => {
    order(created)
      .when(recorded(paid), recorded(approved), timePasses(10 * reviewWithinMs))
      .does()
      .is('done');
  });

  test('payment declined: cancelled at once, nothing to give back', () => {
    order(created).when(recorded(declined)).does('end: payment_declined');
  });

  test('review rejected: voided, then cancelled', () => {
    order(created, paid)
      .when(recorded(rejected))
      .does('askUndo payment: review_rejected')
      .when(recorded(voided))
      .does('end: review_rejected');
  });

  test('payment deadline with unknown outcome: the payment is closed, then the order is cancelled', () => {
    order(created)
      .when(timePasses(paymentWithinMs))
      .does('askUndo payment: payment_timeout')
      .when(recorded(closed))
      .does('end: payment_timeout');
  });

  test('debited at the gateway but recorded only after the deadline: both facts, then cancelled', () => {
    order(created)
      .when(timePasses(paymentWithinMs))
      .does('askUndo payment: payment_timeout')
      .when(recorded(paid))
      .does()
      .when(recorded(voided))
      .does('end: payment_timeout');
  });

  test('declined after its void was asked for: cancelled for the first reason', () => {
    order(created)
      .when(timePasses(paymentWithinMs))
      .does('askUndo payment: payment_timeout')
      .when(recorded(declined))
      .does('end: payment_timeout');
  });

  test('review deadline: voided, then cancelled; asking a person does not stop the clock', () => {
    order(created, paid)
      .when(recorded(reviewWanted), timePasses(reviewWithinMs - 1))
      .does()
      .when(timePasses(1))
      .does('askUndo payment: review_timeout')
      .when(recorded(voided))
      .does('end: review_timeout');
  });

  test('a person approves in time: nothing to do; a person rejects: voided, then cancelled', () => {
    order(created, paid, reviewWanted).when(recorded(approved)).does().is('done');
    order(created, paid, reviewWanted).when(recorded(rejected)).does('askUndo payment: review_rejected');
  });

  test('the customer cancels before the debit: the payment is closed, because it may be under way', () => {
    order(created)
      .when(recorded(customerCancels))
      .does('askUndo payment: customer')
      .when(recorded(closed))
      .does('end: customer');
  });

  test('the operator cancels after the debit: voided, then cancelled', () => {
    order(created, paid)
      .when(recorded(operatorCancels))
      .does('askUndo payment: operator')
      .when(recorded(voided))
      .does('end: operator');
  });

  test('a void that takes days is waited for, and asked for once', () => {
    order(created, paid, rejected)
      .when(timePasses(10 * reviewWithinMs))
      .does()
      .is('undoing: review_rejected');
  });
});

test('whatever is wished and however long it takes, all that the saga appends is legal, and every order ends once', () => {
  const wish = fc.constantFrom<OrderEvent[]>(...Object.values(facts).filter(({ kind }) => kind !== 'created'));
  const happening = fc.oneof(
    { weight: 4, arbitrary: wish },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 * paymentWithinMs }) },
    { weight: 1, arbitrary: fc.constant(reviewWithinMs) },
  );
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 20 }), (happenings) => {
      const story = order(created);
      const happens = (what: OrderEvent | Happening): void => {
        if (typeof what === 'object' && 'kind' in what) {
          if (decide(foldOrder(story.events.map(decodeOrderEvent)), what).kind !== 'event') return;
          story.when(recorded(what));
        } else story.when(what);
      };
      for (const each of happenings) happens(typeof each === 'number' ? timePasses(each) : each);
      // Faults have stopped: time passes, and the workers do what they were asked for.
      happens(timePasses(paymentWithinMs + reviewWithinMs));
      happens(closed);
      happens(voided);
      assertLegal(story.events.map(decodeOrderEvent));
      assert.ok(hasEnded(foldOrder(story.events.map(decodeOrderEvent))), `the order is ${story.state?.status}`);
      assert.equal(foldOrder(story.events.map(decodeOrderEvent)).status === 'Approved', story.state?.status === 'done');
    }),
    { numRuns: 300 },
  );
});

/** Every event of the life was allowed when it came. */
function assertLegal(events: readonly OrderEvent[]): void {
  let before: OrderEvent[] = [];
  let now: Order = noOrder;
  for (const event of events) {
    assert.equal(decide(now, event).kind, 'event', `${event.kind} after ${before.map(({ kind }) => kind).join(', ')}`);
    before = [...before, event];
    now = foldOrder(before);
  }
}
