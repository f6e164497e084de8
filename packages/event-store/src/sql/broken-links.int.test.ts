/**
 * Stores whose links to the database break in the middle of messages, between the answers of two commits that travel at
 * once, while every caller sends each write twice at the same time, as a client does that does not wait for its answer.
 */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { nowhere, revision } from '@eventstream/contracts';
import { type EventStore, StoreOverloaded, StoreUnavailable, type Write } from '../port.ts';
import { oneEvent, type StoreDatabase, storeDatabase } from './stores.fixture.ts';

const writesMax = 800;
const callers = 24;

let database: StoreDatabase;

before(async () => {
  database = await storeDatabase();
});

/** The outcome, asked for until there is one. Whoever got none has the links mended: else nobody might ever get one. */
async function untilAnswered(store: EventStore, write: Write, mend: () => void) {
  for (;;) {
    try {
      return await store.append(write);
    } catch (error) {
      if (!(error instanceof StoreUnavailable || error instanceof StoreOverloaded)) throw error;
      mend();
    }
  }
}

/** A store behind a link of its own, and what it has announced. */
async function linkedStore(registry: Parameters<StoreDatabase['openStore']>[0]) {
  const { sql, proxy } = await database.openBreakable();
  const store = database.openStore(registry, {
    sql,
    limits: { overlapFrom: 3, recentEventsMax: 50, answerWithinMs: 250 },
  });
  const announced: { id: string; position: number }[] = [];
  store.onCommitted(({ events }) => announced.push(...events.map(({ id, position }) => ({ id, position }))));
  return { store, proxy, announced };
}

for (const stores of [1, 2])
  test(`what ${stores} ${stores === 1 ? 'store' : 'stores'} answered is stored once, in place and announced in order, wherever links broke`, async () => {
    const { registry, ...of } = await database.newLog();
    const linked = await Promise.all(Array.from({ length: stores }, () => linkedStore(registry)));
    const acked = new Map<string, number>();
    const refused = new Set<string>();
    let made = 0;
    const mend = () => {
      for (const { proxy } of linked) proxy.heal();
    };
    const breakNowAndThen = () => {
      made += 1;
      const proxy = linked[Math.floor(made / 20) % stores]?.proxy;
      // From the first byte of a message on, further each time.
      if (made % 20 === 0) proxy?.impose({ kind: 'cutAfter', bytes: (made * 37) % 3_000 });
      if (made % 20 === 10) mend();
    };
    const caller = async (number: number): Promise<void> => {
      for (let at = revision(0); made < writesMax; ) {
        breakNowAndThen();
        const shared = made % 4 === 0;
        const stream = shared ? 'order-of-all' : `order-${number}`;
        const write = oneEvent(of, { stream, expected: shared ? 'any' : at });
        const [{ id }] = write.streams[0].events;
        const both = linked.flatMap(({ store }) => [
          untilAnswered(store, write, mend),
          untilAnswered(store, write, mend),
        ]);
        for (const outcome of await Promise.all(both)) {
          if (outcome.kind !== 'appended') refused.add(id);
          else {
            const [event] = outcome.events;
            assert.ok(event !== undefined);
            assert.equal(acked.get(id) ?? event.position, event.position);
            acked.set(id, event.position);
            if (!shared) at = event.revision;
          }
        }
      }
    };
    await Promise.all(Array.from({ length: callers }, (_, number) => caller(number)));
    mend();
    const places = new Map<string, number>();
    const reader = database.openStore(registry);
    for (let after = nowhere; ; ) {
      const { events, scannedTo, head } = await reader.readLog(of.log, after, { limit: 1_000 });
      for (const event of events) places.set(event.id, event.position);
      after = scannedTo;
      if (after >= head) break;
    }
    assert.deepEqual(
      [...places.values()],
      Array.from(places, (_, index) => index + 1),
    );
    assert.deepEqual(new Map([...acked].toSorted(([, left], [, right]) => left - right)), places);
    assert.deepEqual([...refused], []);
    for (const { announced, proxy } of linked) {
      const positions = announced.map(({ position }) => position);
      assert.deepEqual(
        positions,
        [...new Set(positions)].toSorted((left, right) => left - right),
      );
      for (const { id, position } of announced) assert.equal(places.get(id), position);
      assert.ok(proxy.met > 0, 'no link was broken, so nothing was shown');
    }
    await reader.close();
    for (const { store } of linked) await store.close();
  });
