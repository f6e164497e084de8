import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nowhere, type OrderEvent, orderId, ordersLog } from '@eventstream/contracts';
import { fulfilment, fulfilmentDefaults } from '@eventstream/domain';
import { newId } from '@eventstream/platform';
import { isProblem } from '@eventstream/service-kit';
import { cancelled, facts, memoryOrdersStore, record, sampleOrder, voidRequested } from '@eventstream/testing/orders';
import { Value } from 'typebox/value';
import * as api from '../api/orders.ts';
import { type OrderSources, orderDetail } from './order-detail.ts';
import { positionBefore } from './position-at.ts';

async function world(order = sampleOrder(), ...life: readonly OrderEvent[]) {
  const store = memoryOrdersStore();
  await record(store, order.orderId, order, ...life);
  const sources: OrderSources = {
    store,
    row: async () => undefined,
    saga: async () => null,
    intent: async () => null,
    provider: async () => ({ provider: null, ledger: [] }),
    letters: async () => [],
    waiting: async () => [],
    rules: { definition: fulfilment(fulfilmentDefaults), undoStuckAfterMs: 1 },
    ordersUrl: 'http://127.0.0.1:3000',
  };
  const detail = async (change: Partial<OrderSources> = {}) => {
    const found = await orderDetail({ ...sources, ...change }, order.orderId);
    assert.ok(!isProblem(found));
    assert.ok(Value.Check(api.orderDetail, found), JSON.stringify(Value.Errors(api.orderDetail, found)));
    return found;
  };
  return { store, order, detail, sources };
}

describe('an order', () => {
  test('is shown as it was after each of its events, with its saga', async () => {
    const { detail } = await world(
      sampleOrder(),
      facts.debited,
      facts.rejected,
      voidRequested('review_rejected'),
      facts.voided,
      cancelled('review_rejected'),
    );
    const { steps, state, revision } = await detail();
    assert.deepEqual(
      steps.map(({ after }) => after?.status),
      ['Pending', 'PaymentDebited', 'Cancelling', 'Cancelling', 'Cancelling', 'Cancelled'],
    );
    assert.deepEqual(
      steps.map(({ saga }) => saga?.status),
      ['running', 'running', 'undoing', 'undoing', 'undoing', 'undone'],
    );
    assert.deepEqual(
      steps.map(({ saga }) => saga?.steps.map(({ kind }) => kind).join(' ')),
      ['running pending', 'done running', 'toUndo failed', 'undoAsked failed', 'undone failed', 'undone failed'],
    );
    assert.deepEqual([state?.status, state?.payment.voided?.decimal, revision], ['Cancelled', '400.00', 6]);
  });

  test('says what may be done now, and why the rest may not', async () => {
    const paid = await world(sampleOrder(), facts.debited, facts.reviewRequested);
    const { actions } = await paid.detail();
    assert.deepEqual(
      [actions.cancel, actions.approve, actions.reject].map(({ isAllowed }) => isAllowed),
      [true, true, true],
    );
    const ended = await world(sampleOrder(), facts.debited, facts.approved);
    assert.match((await ended.detail()).actions.cancel.why ?? '', /refund/);
    const pending = await world();
    assert.match((await pending.detail()).actions.approve.why ?? '', /paid/);
  });

  test('with hostile data is answered as data, and never becomes part of a command', async () => {
    const customerId = `'; rm -rf / #<img src=x onerror=alert(1)>`;
    const { detail } = await world(sampleOrder({ customerId }));
    const found = await detail();
    assert.equal(found.customerId, customerId);
    assert.ok(Object.values(found.curl).every((line) => !line.includes('rm -rf')));
  });

  test('is shown without those who do not answer, and names them', async () => {
    const { detail } = await world(sampleOrder(), facts.debited);
    const away = () => Promise.reject(new Error('connection refused'));
    const found = await detail({ row: away, saga: away, intent: away, provider: away, letters: away, waiting: away });
    assert.deepEqual(found.missing.map((one) => one.replace(/:.*/, '')).toSorted(), [
      'dead letters',
      'the read model',
      'the saga',
      'waiting work',
    ]);
    assert.match(found.payment.trouble ?? '', /provider does not say: connection refused/);
    assert.equal(found.state?.status, 'PaymentDebited');
  });

  test('that the log does not have is a problem', async () => {
    const { sources } = await world();
    const found = await orderDetail(sources, orderId(newId()));
    assert.equal(isProblem(found) && found.type.slug, 'order-not-found');
  });
});

test('a time is found in the log by halving', async () => {
  const { store } = await world(sampleOrder(), facts.debited, facts.approved);
  const { events } = await store.readLog(ordersLog, nowhere, { limit: 10 });
  const times = [100, 200, 300];
  const timed = {
    head: store.head.bind(store),
    readStream: store.readStream.bind(store),
    readLog: async (...asked: Parameters<typeof store.readLog>) => {
      const page = await store.readLog(...asked);
      return {
        ...page,
        events: page.events.map((event) => ({ ...event, recordedAtMs: times[event.position - 1] ?? 0 })),
      };
    },
  };
  assert.equal(events.length, 3);
  for (const [at, expected] of [
    [50, 0],
    [100, 0],
    [101, 1],
    [300, 2],
    [999, 3],
  ] as const)
    assert.equal(await positionBefore(timed, ordersLog, at), expected, String(at));
});
