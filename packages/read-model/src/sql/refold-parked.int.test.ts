/** A redrive of a parked order while the log and the projection go on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { type OrderEvent, type OrderId, orderStream, ordersLog, type RecordedEvent } from '@eventstream/contracts';
import type { EventReader } from '@eventstream/event-store';
import { createLogger } from '@eventstream/platform';
import type { Sql } from '@eventstream/platform/sql';
import { cancelled, lifeOf, memoryOrdersStore, record, sampleOrder, voidRequested } from '@eventstream/testing/orders';
import { deadLetterOffice } from '@eventstream/worker';
import { sqlDeadLetterDesk } from '@eventstream/worker/sql';
import { type FoldedOrder, foldOne } from '../project-orders.ts';
import { selectStored } from './order-rows.ts';
import { orderSink } from './order-sink.ts';
import { liveGeneration } from './projections.ts';
import { emptyReadModel, poisonedAt } from './read-model.fixture.ts';
import { rebuildReadModel } from './rebuild.ts';
import { refoldParked, refoldStream } from './refold-parked.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const nothingToVoid: OrderEvent = { kind: 'paymentVoided', amount: { ...sampleOrder().amount, minor: 0n } };

/** An order whose second event the projector could not read; by now it can. */
async function parkedOrder() {
  const sql = await emptyReadModel();
  const store = memoryOrdersStore();
  const sink = orderSink(sql);
  const created = sampleOrder();
  const id = created.orderId;
  const { incarnation } = await store.head((await record(store, id, created)).log);
  const apply = async (...events: readonly RecordedEvent[]): Promise<void> => {
    assert.equal((await sink.apply(events, incarnation)).kind, 'committed');
  };
  const second = await record(store, id, voidRequested('payment_timeout'));
  const [first] = await lifeOf(store, id);
  assert.ok(first);
  await apply(first, { ...second, data: Buffer.from('{') });
  assert.equal((await rowOf(sql, id))?.isStale, true);
  return { sql, store, id, apply };
}

async function rowOf(sql: Sql, id: OrderId) {
  const { generation } = await liveGeneration(sql);
  return (await selectStored(sql, generation, [id])).get(id);
}

async function assertRowIsFold(sql: Sql, store: EventReader, id: OrderId): Promise<void> {
  let fold: FoldedOrder | undefined;
  for (const event of await lifeOf(store, id)) fold = foldOne(fold, event);
  const row = await rowOf(sql, id);
  assert.ok(fold && row);
  assert.equal(row.isStale, false);
  const shown = ({ order, revision }: FoldedOrder) => ({
    revision,
    status: order.status,
    payment: order.payment.kind,
    reason: 'reason' in order ? order.reason : undefined,
  });
  assert.deepEqual(shown(row.folded), shown(fold));
}

test('an order that was folded beyond the checkpoint is not folded over again when the projection gets there', async () => {
  const { sql, store, id, apply } = await parkedOrder();
  const third = await record(store, id, nothingToVoid);
  const fourth = await record(store, id, cancelled('payment_timeout'));
  await refoldStream({ sql, store, logger, everyMs: 1_000 }, orderStream(id));
  await assertRowIsFold(sql, store, id);
  await apply(third, fourth);
  await assertRowIsFold(sql, store, id);
});

test('an event that the projection passes while the stream is read again is not left out', async () => {
  const { sql, store, id, apply } = await parkedOrder();
  let reads = 0;
  const racing: EventReader = {
    head: (of) => store.head(of),
    readLog: (...asked) => store.readLog(...asked),
    readStream: async (...asked) => {
      reads += 1;
      if (reads === 2) await apply(await record(store, id, cancelled('payment_timeout')));
      const page = await store.readStream(...asked);
      if (reads === 1) await apply(await record(store, id, nothingToVoid));
      return page;
    },
  };
  await refoldStream({ sql, store: racing, logger, everyMs: 1_000 }, orderStream(id));
  await assertRowIsFold(sql, store, id);
});

test('a redrive that ends at a later event opens that one alone, once, and is over', async () => {
  const { sql, store, id, apply } = await parkedOrder();
  const third = await record(store, id, nothingToVoid);
  await apply(third);
  const desk = sqlDeadLetterDesk(sql);
  const letters = async () =>
    (await desk.list({ limit: 10 })).map(({ revision, state, attempts }) => [revision, state, attempts]);
  const [second] = await desk.list({ limit: 1 });
  assert.ok(second);
  const by = { by: 'ada', why: 'mended' };
  await desk.redrive(second.id, by);
  const options = { sql, store: poisonedAt(third, store), logger, everyMs: 1_000 };
  await refoldStream(options, orderStream(id));
  assert.deepEqual(await letters(), [
    [2, 'redriven', 1],
    [3, 'open', 1],
  ]);
  assert.equal((await rowOf(sql, id))?.isStale, true);
  const [open] = await desk.list({ state: 'open', limit: 1 });
  assert.ok(open);
  await desk.redrive(open.id, by);
  await refoldStream({ ...options, store }, orderStream(id));
  await assertRowIsFold(sql, store, id);
});

test('a redrive that ends at an event that was given up leaves it so, and its own dead letter open', async () => {
  const { sql, store, id, apply } = await parkedOrder();
  const third = await record(store, id, nothingToVoid);
  await apply(third);
  const desk = sqlDeadLetterDesk(sql);
  const states = async () => (await desk.list({ limit: 10 })).map(({ revision, state }) => [revision, state]);
  const [second] = await desk.list({ limit: 1 });
  assert.ok(second);
  const by = { by: 'ada', why: 'a test' };
  const options = { sql, logger, everyMs: 1_000 };
  const earlierVersion = poisonedAt({ id: second.eventId }, store);
  await desk.redrive(second.id, by);
  await refoldStream({ ...options, store: poisonedAt(third, store) }, orderStream(id));
  await rebuildReadModel({ sql, store: earlierVersion, log: ordersLog });
  const [, later] = await desk.list({ state: 'open', limit: 2 });
  assert.equal(later?.revision, 3);
  await desk.discard(second.id, by);
  await desk.redrive(later.id, by);
  await refoldStream({ ...options, store: earlierVersion }, orderStream(id));
  assert.deepEqual(await states(), [
    [2, 'discarded'],
    [3, 'open'],
  ]);
  await desk.redrive(later.id, by);
  await refoldStream({ ...options, store }, orderStream(id));
  await assertRowIsFold(sql, store, id);
  assert.deepEqual(await states(), [
    [2, 'discarded'],
    [3, 'redriven'],
  ]);
});

test('an event that is given up while its redrive fails stays given up', async () => {
  const { sql, store, id } = await parkedOrder();
  const desk = sqlDeadLetterDesk(sql);
  const [letter] = await desk.list({ limit: 1 });
  assert.ok(letter);
  const by = { by: 'ada', why: 'a test' };
  await desk.redrive(letter.id, by);
  const poisoned = poisonedAt({ id: letter.eventId }, store);
  const discarding: EventReader = {
    ...poisoned,
    readStream: async (...asked) => {
      await desk.discard(letter.id, by);
      return poisoned.readStream(...asked);
    },
  };
  await refoldStream({ sql, store: discarding, logger, everyMs: 1_000 }, orderStream(id));
  assert.equal((await desk.get(letter.id))?.state, 'discarded');
});

test('a dry run says what a redrive would make of the order, and changes nothing but its own answer', async () => {
  const { sql, store, id } = await parkedOrder();
  const office = deadLetterOffice([sqlDeadLetterDesk(sql)]);
  const [letter] = await office.list({ state: 'open', limit: 1 });
  assert.ok(letter);
  const [created] = await lifeOf(store, id);
  assert.ok(created);
  const unreadable: EventReader = {
    head: (of) => store.head(of),
    readLog: (...asked) => store.readLog(...asked),
    readStream: async () => ({ events: [{ ...created, data: Buffer.from('{') }], atEnd: true }),
  };
  const answerWith = async (reader: EventReader) => {
    const answering = refoldParked({ sql, store: reader, logger, everyMs: 20 });
    await answering.start();
    const answer = await office.dryRun(letter.id, 'ada', wait);
    await answering.stop();
    return answer;
  };
  const mended = await answerWith(store);
  assert.equal(mended.outcome, 'done');
  assert.deepEqual(mended.effects, [`writes the row of ${letter.stream} as Cancelling at revision 2`]);
  const broken = await answerWith(unreadable);
  assert.equal(broken.outcome, 'deadLetter');
  assert.match(broken.says, /not JSON/);
  assert.equal((await rowOf(sql, id))?.isStale, true);
  assert.equal((await office.show(letter.id)).letter.state, 'open');
});

test('a rebuild that folds a parked order resolves its dead letter with the swap', async () => {
  const { sql, store, id } = await parkedOrder();
  await rebuildReadModel({ sql, store, log: ordersLog });
  await assertRowIsFold(sql, store, id);
  const letters = await sqlDeadLetterDesk(sql).list({ limit: 10 });
  assert.deepEqual(
    letters.map(({ state }) => state),
    ['redriven'],
  );
});

test('a rebuild that cannot fold an event either leaves its dead letter as somebody decided', async () => {
  const { sql, store, id } = await parkedOrder();
  const desk = sqlDeadLetterDesk(sql);
  const [letter] = await desk.list({ limit: 1 });
  assert.ok(letter);
  const states: string[] = [];
  for (const decide of ['redrive', 'discard'] as const) {
    await desk[decide](letter.id, { by: 'ada', why: 'a test' });
    await rebuildReadModel({ sql, store: poisonedAt({ id: letter.eventId }, store), log: ordersLog });
    assert.equal((await rowOf(sql, id))?.isStale, true);
    const { state, resolvedBy } = (await desk.get(letter.id)) ?? letter;
    states.push(`${state} ${resolvedBy}`);
  }
  assert.deepEqual(states, ['redriveRequested ada', 'discarded ada']);
});
