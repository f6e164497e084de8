import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { OrderStep, Saga, SagaStep } from '../server/answers.ts';
import { causesOf, sagaBars } from './order-time-line.ts';

const sagaStep = (name: string, kind: SagaStep['kind']): SagaStep => ({
  name,
  kind,
  sinceMs: null,
  dueMs: null,
  succeeds: 'ORDERS.paymentdebited',
  fails: 'ORDERS.paymentdeclined',
  withinMs: 1,
  undo: null,
});

function saga(steps: readonly SagaStep[]): Saga {
  return {
    saga: 'fulfilment',
    status: 'running',
    reason: null,
    startedAtMs: null,
    sinceMs: null,
    starts: 'ORDERS.created',
    steps: [...steps],
    done: [],
    current: null,
    remaining: [],
    next: null,
    isStuck: false,
    attempts: 0,
    lastError: null,
    ends: { done: 'ORDERS.approved', undone: 'ORDERS.cancelled' },
  };
}

function orderStep(revision: number, causedBy: number | null, steps: readonly SagaStep[] = []): OrderStep {
  return {
    event: {
      eventId: `e${revision}`,
      log: 'ORDERS',
      position: revision,
      stream: 'order-1',
      orderId: '1',
      revision,
      type: 'ORDERS.created',
      recordedAtMs: revision * 100,
      actor: null,
      causationId: null,
      traceId: null,
      data: {},
      isJson: true,
      isCut: false,
      metadata: {},
    },
    causedBy,
    after: null,
    saga: saga(steps),
  };
}

describe('the time line of an order', () => {
  test('shows when each step of the saga ran, and what still runs', () => {
    const bars = sagaBars([
      orderStep(1, null, [sagaStep('payment', 'running'), sagaStep('review', 'pending')]),
      orderStep(2, 1, [sagaStep('payment', 'done'), sagaStep('review', 'running')]),
    ]);
    assert.deepEqual(bars, [
      { step: 'payment', kind: 'running', fromMs: 100, toMs: 200 },
      { step: 'review', kind: 'running', fromMs: 200, toMs: null },
    ]);
  });

  test('shows an undo as a time of its own', () => {
    const bars = sagaBars([
      orderStep(1, null, [sagaStep('payment', 'running')]),
      orderStep(2, 1, [sagaStep('payment', 'undoAsked')]),
      orderStep(3, 2, [sagaStep('payment', 'undone')]),
    ]);
    assert.deepEqual(
      bars.map(({ kind, toMs }) => [kind, toMs]),
      [
        ['running', 200],
        ['undoAsked', 300],
      ],
    );
  });

  test('draws causes only between events that are there', () => {
    assert.deepEqual(causesOf([orderStep(4, 3), orderStep(5, 4), orderStep(6, null)]), [{ from: 0, to: 1 }]);
  });
});
