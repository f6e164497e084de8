/** A log is filled with lives such as the product writes: `verify` is run over some of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeOrderEvent, incarnation, nowhere, orderEventTypes, ordersLog } from '@eventstream/contracts';
import { decide, evolve, noOrder, type Order } from '@eventstream/domain';
import { memoryEventStore } from '@eventstream/event-store/memory';
import { newId, systemClock } from '@eventstream/platform';
import { fillLog } from './fill-log.ts';

const registry = { types: new Map([[ordersLog, new Set(Object.values(orderEventTypes))]]) };

for (const paid of ['paid here', 'paid elsewhere'] as const)
  test(`orders that are ${paid} keep the rules of an order's life, to its end`, async () => {
    const store = memoryEventStore({ registry, clock: systemClock, newIncarnation: () => incarnation(newId()) });
    await fillLog(store, 3, paid);
    const { events } = await store.readLog(ordersLog, nowhere, { limit: 100 });
    const orders = new Map<string, Order>();
    for (const event of events) {
      const before = orders.get(event.stream) ?? noOrder;
      const fact = decodeOrderEvent(event);
      assert.deepEqual(decide(before, fact), { kind: 'event', event: fact });
      orders.set(event.stream, evolve(before, fact));
    }
    assert.deepEqual(
      [...orders.values()].map(({ status }) => status),
      ['Approved', 'Approved', 'Approved'],
    );
  });
