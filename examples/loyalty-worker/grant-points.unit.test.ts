import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  eventId,
  incarnation,
  isCurrency,
  nowhere,
  type OrderEvent,
  orderEventTypes,
  orderId,
  ordersLog,
  type RecordedEvent,
  streamName,
} from '@eventstream/contracts';
import { memoryEventStore } from '@eventstream/event-store/memory';
import { recordFacts } from '@eventstream/orders';
import { createLogger, newId, systemClock } from '@eventstream/platform';
import type { HandlerContext } from '@eventstream/worker';
import { grantPoints } from './grant-points.ts';
import type { Grant, PointsBook } from './points-book.ts';

/** A book in memory that keeps the promise of the port. */
class MemoryPointsBook implements PointsBook {
  readonly grants = new Map<string, Grant>();

  async grant(grant: Grant): Promise<void> {
    if (!this.grants.has(grant.id)) this.grants.set(grant.id, grant);
  }
}

const context: HandlerContext = {
  attempt: 1,
  logger: createLogger({ service: 'test', level: 'silent' }),
  signal: new AbortController().signal,
};

/** A log with one order of 19.90 EUR that got as far as these facts, and its last event. */
async function logWith(...facts: readonly OrderEvent['kind'][]) {
  const store = memoryEventStore({
    registry: { types: new Map([[ordersLog, new Set<string>(Object.values(orderEventTypes))]]) },
    clock: systemClock,
    newIncarnation: () => incarnation(newId()),
  });
  const id = orderId(newId());
  const life = lifeOf(id).filter(({ kind }) => facts.includes(kind));
  await recordFacts(store, { orderId: id, cause: eventId(newId()), actor: 'test', facts: () => life });
  const { events } = await store.readLog(ordersLog, nowhere, { limit: 10 });
  const last: RecordedEvent = events.at(-1) ?? assert.fail('nothing was recorded');
  return { store, last };
}

function lifeOf(id: ReturnType<typeof orderId>): readonly OrderEvent[] {
  const euro: string = 'EUR';
  assert.ok(isCurrency(euro));
  const amount = { minor: 1990n, currency: euro };
  return [
    {
      kind: 'created',
      orderId: id,
      customerId: 'alice',
      restaurantId: 'r-1',
      items: [{ code: 'pizza', name: 'Pizza', unitPriceMinor: 1990n, quantity: 1 }],
      amount,
      createdOn: '2026-01-01T00:00:00.000Z',
      requestHash: '',
    },
    { kind: 'paymentDebited', customerId: 'alice', amount, gatewayReference: 'g-1' },
    { kind: 'approved', by: 'policy', reason: 'small' },
  ];
}

test('an approved order of 19.90 earns its customer 19 points', async () => {
  const { store, last } = await logWith('created', 'paymentDebited', 'approved');
  const book = new MemoryPointsBook();
  assert.deepEqual(await grantPoints(store, book)(last, context), { kind: 'done' });
  assert.deepEqual([...book.grants.values()], [{ id: last.id, customerId: 'alice', points: 19n }]);
});

test('the same event delivered twice earns points once', async () => {
  const { store, last } = await logWith('created', 'paymentDebited', 'approved');
  const book = new MemoryPointsBook();
  const handle = grantPoints(store, book);
  await handle(last, context);
  await handle(last, { ...context, attempt: 2 });
  assert.equal(book.grants.size, 1);
});

test('an event that cannot be right becomes a dead letter and earns nothing', async () => {
  const { store, last } = await logWith('created');
  const book = new MemoryPointsBook();
  const handle = grantPoints(store, book);
  assert.equal((await handle(last, context)).kind, 'deadLetter');
  assert.equal((await handle({ ...last, stream: streamName('table-7') }, context)).kind, 'deadLetter');
  assert.equal(book.grants.size, 0);
});
