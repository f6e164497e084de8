import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { create } from '@bufbuild/protobuf';
import { orderStream, ordersLog, position, type RecordedEvent, revision } from '@eventstream/contracts';
import { EventSchema } from '@eventstream/contracts/seed';
import { hasEnded } from '@eventstream/domain';
import { foldRecorded } from '@eventstream/orders';
import { currencyOf } from '@eventstream/service-kit/settings';
import fc from 'fast-check';
import { decideSeedEvent, readSeedEvent, type SeedDecision, type SeedEvent } from './seed-event.ts';

const order = '8d1c6e3e-5bba-11f0-8de9-0242ac120002';
const surroundings = { defaultCurrency: currencyOf('EUR'), nowMs: 0, traceparent: undefined };
const dataOf: Readonly<Record<string, object | undefined>> = {
  created: {
    customer_id: 'c',
    order_items: [{ code: 'vm', name: 'Veg Meals', unit_price: 19.9, quantity: 1 }],
    amount: 19.9,
  },
  paymentdebited: { OrderID: order, CustomerID: 'c', Amount: 19.9 },
};
const tokens = [
  'created',
  'paymentdebited',
  'paymentdeclined',
  'reviewrequested',
  'approved',
  'reviewrejected',
  'cancelrequested',
  'paymentvoidrequested',
  'paymentvoided',
  'cancelled',
] as const;

let ids = 0;
function request(token: string, id = ++ids, data = dataOf[token]): SeedEvent {
  return readSeedEvent(
    create(EventSchema, {
      eventId: `${id.toString(16).padStart(8, '0')}-5bbb-11f0-8de9-0242ac120002`,
      eventType: `ORDERS.${token}`,
      aggregateId: order.toUpperCase(),
      aggregateType: 'order',
      eventData: data ? JSON.stringify(data) : '',
      stream: 'ORDERS',
    }),
  );
}

/** Appends what the decision says, as the store would. */
function after(recorded: readonly RecordedEvent[], decision: SeedDecision): readonly RecordedEvent[] {
  if (decision.kind !== 'store') return recorded;
  const next = recorded.length + 1;
  const place = { log: ordersLog, stream: orderStream(request('approved').orderId), recordedAtMs: 0 };
  return [...recorded, { ...decision.event, ...place, position: position(next), revision: revision(next) }];
}

function decideAll(...requests: readonly SeedEvent[]) {
  let recorded: readonly RecordedEvent[] = [];
  const kinds: string[] = [];
  for (const each of requests) {
    const decision = decideSeedEvent(each, recorded, surroundings);
    kinds.push(decision.kind);
    recorded = after(recorded, decision);
  }
  return { recorded, kinds };
}

describe('the seed’s CreateEvent', () => {
  test('stores what may follow, and nothing twice', () => {
    const { kinds } = decideAll(
      request('created', 1000),
      request('paymentdebited'),
      request('paymentdebited'),
      request('approved', 2000),
      request('approved', 2000),
      request('created', 1000),
      request('cancelrequested'),
    );
    assert.deepEqual(kinds, ['store', 'store', 'already', 'store', 'already', 'already', 'refused']);
  });

  test('counts amounts in the order’s currency and keeps what was sent, byte for byte', () => {
    const { recorded } = decideAll(request('created'), request('paymentdebited'));
    const { order: folded } = foldRecorded(recorded);
    assert.deepEqual(folded.status === 'PaymentDebited' && folded.details.amount, { minor: 1990n, currency: 'EUR' });
    assert.equal(Buffer.from(recorded[1]?.data ?? []).toString(), JSON.stringify(dataOf['paymentdebited']));
  });

  test('takes a debit of the order’s customer or of nobody named, and of nobody else', () => {
    const decided = (debit: object) => decideAll(request('created'), request('paymentdebited', ++ids, debit)).kinds[1];
    assert.equal(decided({ OrderID: order, Amount: 19.9 }), 'store');
    assert.equal(decided({ OrderID: order, CustomerID: 'another', Amount: 19.9 }), 'refused');
  });

  test('never undoes an order by itself, and never leaves one that cannot be read or goes on after its end', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...tokens), { maxLength: 30 }), (sent) => {
        let recorded: readonly RecordedEvent[] = [];
        for (const token of sent) {
          const before = foldRecorded(recorded).order;
          const decision = decideSeedEvent(request(token), recorded, surroundings);
          if (decision.kind === 'store') assert(!hasEnded(before) && !/void|cancelled/.test(token));
          recorded = after(recorded, decision);
        }
        foldRecorded(recorded);
      }),
      { numRuns: 300 },
    );
  });
});
