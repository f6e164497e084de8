// Two adapters count the same orders as waiting.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecordedEvent } from '@eventstream/contracts';
import { facts, memoryOrdersStore, record, sampleOrder } from '@eventstream/testing/orders';
import { memoryOrderModel } from '../memory/index.ts';
import { sqlOrderQueries } from './order-queries.ts';
import { orderSink } from './order-sink.ts';
import { emptyReadModel } from './read-model.fixture.ts';

test('orders wait until they are approved or a person has to decide, and are counted no further than asked', async () => {
  const sql = await emptyReadModel();
  const store = memoryOrdersStore();
  const memory = memoryOrderModel();
  const models = [
    { sink: orderSink(sql), queries: sqlOrderQueries(sql) },
    { sink: memory.sink, queries: memory.queries },
  ];
  const [pending, paid, inReview, done] = [sampleOrder(), sampleOrder(), sampleOrder(), sampleOrder()];
  const told = [
    [pending, pending],
    [paid, paid],
    [inReview, inReview],
    [done, done],
    [paid, facts.debited],
    [inReview, facts.debited],
    [inReview, facts.reviewRequested],
    [done, facts.debited],
    [done, facts.approved],
  ] as const;
  const events: RecordedEvent[] = [];
  for (const [{ orderId }, fact] of told) events.push(await record(store, orderId, fact));
  const [first] = events;
  assert.ok(first);
  const { incarnation } = await store.head(first.log);
  for (const { sink, queries } of models) {
    assert.equal(await queries.waiting(10), 0);
    assert.equal((await sink.apply(events, incarnation)).kind, 'committed');
    assert.equal(await queries.waiting(10), 2);
    assert.equal(await queries.waiting(1), 1);
  }
});
