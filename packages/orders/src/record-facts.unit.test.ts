import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  decodeOrderEvent,
  eventId,
  metadataKeys,
  type OrderEvent,
  type OrderId,
  revision,
} from '@eventstream/contracts';
import { evolve, noOrder } from '@eventstream/domain';
import type { EventAppender, EventReader, Write } from '@eventstream/event-store';
import { CodedError, derivedId, newId, withParent } from '@eventstream/platform';
import {
  cancelled,
  facts,
  lifeOf,
  memoryOrdersStore,
  record,
  sampleOrder,
  usd,
  voidRequested,
} from '@eventstream/testing/orders';
import { loadOrder } from './load-order.ts';
import { type Proposal, type Recorded, recordFacts } from './record-facts.ts';
import { TooManyRaces } from './win-race.ts';

type Store = EventAppender & EventReader;
const revisionOne = revision(1);

/** An order with this life, and how often the store was asked. `before` runs ahead of each append. */
async function world(...life: readonly OrderEvent[]) {
  const store = memoryOrdersStore();
  const order = sampleOrder();
  await record(store, order.orderId, order, ...life);
  const calls = { reads: 0, appends: 0 };
  const hooks: (() => Promise<unknown>)[] = [];
  const counted: Store = {
    append: async (write: Write) => {
      calls.appends += 1;
      await hooks.shift()?.();
      return store.append(write);
    },
    readStream: (...asked) => {
      calls.reads += 1;
      return store.readStream(...asked);
    },
    readLog: (...asked) => store.readLog(...asked),
    head: (log) => store.head(log),
  };
  const propose = (change: Partial<Proposal>): Promise<Recorded> =>
    recordFacts(counted, {
      orderId: order.orderId,
      cause: eventId(newId()),
      actor: 'test',
      facts: () => [],
      ...change,
    });
  return { store, order, calls, hooks, propose, kinds: () => kindsOf(store, order.orderId) };
}

async function kindsOf(store: Store, id: OrderId): Promise<readonly string[]> {
  return (await lifeOf(store, id)).map((event) => decodeOrderEvent(event).kind);
}

describe('a fact', () => {
  test('is recorded on the order as it is, with its cause, its conversation and who recorded it', async () => {
    const { store, order, propose } = await world();
    const cause = eventId(newId());
    const recorded = await propose({
      cause,
      facts: (seen, at) => (seen.status === 'Pending' && at === 1 ? [facts.debited] : []),
      extra: () => ({ [metadataKeys.withinMs]: '7' }),
    });
    assert(recorded.kind === 'recorded');
    assert.deepEqual(
      [recorded.seen.order.status, recorded.seen.revision, recorded.position, recorded.repeated],
      ['PaymentDebited', 2, 2, false],
    );
    assert.deepEqual(recorded.seen, await loadOrder(store, order.orderId));
    const event = (await lifeOf(store, order.orderId)).at(-1);
    assert.equal(event?.id, derivedId(cause, 'paymentDebited'));
    assert.deepEqual(event?.metadata, {
      'schema-version': '1',
      'correlation-id': order.orderId,
      'causation-id': cause,
      actor: 'test',
      'within-ms': '7',
    });
  });
  test('continues the order’s trace, also when it is recorded by a later request with one of its own', async () => {
    const { store, order, propose } = await world();
    const traceOf = (letter: string): string => `00-${letter.repeat(32)}-${'1'.repeat(16)}-00`;
    const lastTrace = async () => (await lifeOf(store, order.orderId)).at(-1)?.metadata[metadataKeys.traceparent];
    await withParent(traceOf('a'), () => propose({ facts: () => [facts.debited] }));
    assert.equal(await lastTrace(), traceOf('a'));
    await withParent(traceOf('b'), () => propose({ facts: () => [facts.approved] }));
    assert.equal((await lastTrace())?.slice(0, 35), traceOf('a').slice(0, 35));
  });
  test('that is recorded already is a success without another event', async () => {
    const { propose, calls, kinds } = await world(facts.debited);
    assert.equal((await propose({ facts: () => [facts.debited] })).kind, 'already');
    assert.equal(calls.appends, 0);
    assert.deepEqual(await kinds(), ['created', 'paymentDebited']);
  });
  test('that may not follow is rejected with the reason, and the order it was judged on', async () => {
    const { propose, calls } = await world();
    const recorded = await propose({ facts: () => [facts.approved] });
    assert(recorded.kind === 'rejected');
    assert.deepEqual([recorded.rejection.code, recorded.seen.revision], ['order_not_paid', 1]);
    assert.equal(calls.appends, 0);
  });
  test('of an unknown order is rejected', async () => {
    const { propose } = await world();
    const recorded = await propose({ orderId: sampleOrder().orderId, facts: () => [facts.debited] });
    assert.equal(recorded.kind === 'rejected' && recorded.rejection.code, 'order_unknown');
  });
  test('is recorded once when it is proposed again after a crash, whatever the caller believes', async () => {
    const { order, propose, kinds } = await world();
    const again: Partial<Proposal> = {
      cause: eventId(newId()),
      facts: () => [facts.debited],
      seen: { order: evolve(noOrder, order), revision: revisionOne },
    };
    const first = await propose(again);
    const second = await propose(again);
    assert(first.kind === 'recorded' && second.kind === 'recorded');
    assert.deepEqual([first.repeated, second.repeated], [false, true]);
    assert.deepEqual([second.position, second.seen], [first.position, first.seen]);
    assert.deepEqual(await kinds(), ['created', 'paymentDebited']);
  });
});

describe('two facts in one write', () => {
  const both = () => [facts.debited, facts.voided];
  test('are both recorded, each judged on what the one before leaves', async () => {
    const { propose, calls, kinds } = await world(facts.cancelRequested, voidRequested('customer'));
    const recorded = await propose({ facts: both });
    assert(recorded.kind === 'recorded');
    assert.deepEqual([recorded.seen.revision, recorded.position, calls.appends], [5, 5, 1]);
    assert.deepEqual((await kinds()).slice(3), ['paymentDebited', 'paymentVoided']);
  });
  test('are neither recorded when the second may not follow', async () => {
    const { propose, kinds } = await world();
    const recorded = await propose({ facts: both });
    assert.equal(recorded.kind === 'rejected' && recorded.rejection.code, 'order_not_cancelling');
    assert.deepEqual(await kinds(), ['created']);
  });
  test('become one when the first is recorded already', async () => {
    const { propose, kinds } = await world(facts.debited, facts.cancelRequested);
    assert.equal((await propose({ facts: both })).kind, 'recorded');
    assert.deepEqual(await kinds(), ['created', 'paymentDebited', 'cancelRequested', 'paymentVoided']);
  });
});

describe('a lost race', () => {
  test('is decided again on the new order, and won', async () => {
    const { store, order, propose, hooks, calls, kinds } = await world();
    hooks.push(() => record(store, order.orderId, facts.cancelRequested));
    const recorded = await propose({ facts: () => [facts.debited] });
    assert.equal(recorded.kind === 'recorded' && recorded.seen.order.status, 'Cancelling');
    assert.equal(calls.appends, 2);
    assert.deepEqual(await kinds(), ['created', 'cancelRequested', 'paymentDebited']);
  });
  test('between approve and cancel has one winner, and the loser is told why', async () => {
    const { store, order, propose, hooks } = await world(facts.debited);
    hooks.push(() => record(store, order.orderId, facts.cancelRequested));
    const recorded = await propose({ facts: () => [facts.approved] });
    assert.equal(recorded.kind === 'rejected' && recorded.rejection.code, 'order_cancelling');
  });
  test('against oneself is no race: two callers record the same fact once', async () => {
    const { propose, kinds } = await world();
    const cause = eventId(newId());
    const both = await Promise.all([1, 2].map(() => propose({ cause, facts: () => [facts.debited] })));
    assert.equal(both.filter((one) => one.kind === 'recorded' && !one.repeated).length, 1);
    assert.deepEqual(await kinds(), ['created', 'paymentDebited']);
  });
  test('a dozen times over is an error that says so', async () => {
    const { store, order, propose, hooks } = await world(facts.debited);
    // Each reload finds the order changed once more.
    for (let i = 0; i < 20; i += 1) hooks.push(() => record(store, order.orderId, facts.reviewRequested));
    await assert.rejects(propose({ facts: () => [facts.approved] }), TooManyRaces);
  });
});

test('an id that an earlier run gave to another decision leads to a new decision on the truth', async () => {
  const { order, propose, kinds } = await world();
  const cause = eventId(newId());
  const belief = { order: evolve(noOrder, order), revision: revisionOne };
  await propose({ cause, seen: belief, facts: () => [{ ...facts.debited, gatewayReference: 'pay_first' }] });
  const second = await propose({
    cause,
    seen: belief,
    facts: () => [{ ...facts.debited, gatewayReference: 'pay_second' }],
  });
  assert.equal(second.kind, 'already');
  assert.equal(
    second.seen.order.status === 'PaymentDebited' &&
      second.seen.order.payment.kind === 'debited' &&
      second.seen.order.payment.gatewayReference,
    'pay_first',
  );
  assert.deepEqual(await kinds(), ['created', 'paymentDebited']);
});

describe('a belief about the order', () => {
  test('that is right spares every read', async () => {
    const { order, propose, calls } = await world();
    await propose({ seen: { order: evolve(noOrder, order), revision: revisionOne }, facts: () => [facts.debited] });
    assert.deepEqual(calls, { reads: 0, appends: 1 });
  });
  test('that is wrong costs one conflict and one read', async () => {
    const { order, propose, calls } = await world(facts.cancelRequested);
    const recorded = await propose({
      seen: { order: evolve(noOrder, order), revision: revisionOne },
      facts: () => [facts.debited],
    });
    assert.equal(recorded.kind, 'recorded');
    assert.deepEqual(calls, { reads: 1, appends: 2 });
  });
  test('never says no: a fact that it forbids is judged on the truth', async () => {
    const { order, propose, calls } = await world(facts.debited);
    const recorded = await propose({
      seen: { order: evolve(noOrder, order), revision: revisionOne },
      facts: () => [facts.approved],
    });
    assert.equal(recorded.kind, 'recorded');
    assert.deepEqual(calls, { reads: 1, appends: 1 });
  });
  test('never says that nothing is left to do, either', async () => {
    const { order, propose } = await world(facts.debited);
    const recorded = await propose({
      seen: { order: evolve(noOrder, order), revision: revisionOne },
      facts: (seen) => (seen.status === 'PaymentDebited' ? [facts.approved] : []),
    });
    assert.equal(recorded.kind, 'recorded');
  });
});

test('what the store refuses for ever is an error, not a race', async () => {
  const { propose, calls } = await world();
  await assert.rejects(
    propose({ facts: () => [facts.debited], extra: () => ({ bad: ' outer blanks ' }) }),
    (error: unknown) => error instanceof CodedError && error.code === 'fact_refused',
  );
  assert.equal(calls.appends, 1);
});

test('a whole life is folded from what is recorded', async () => {
  const { store, order } = await world(facts.debited, facts.rejected, voidRequested('review_rejected'), facts.voided);
  await record(store, order.orderId, cancelled('review_rejected'));
  const { order: folded, revision: at } = await loadOrder(store, order.orderId);
  assert.deepEqual([folded.status, at], ['Cancelled', 6]);
  assert.deepEqual(await loadOrder(store, sampleOrder().orderId), { order: { status: 'none' }, revision: 0 });
  assert.deepEqual(folded.status === 'Cancelled' && folded.payment, {
    kind: 'closed',
    debited: usd(40_000n),
    voided: usd(40_000n),
  });
});
