/** The contract of subscriptions: catch up, then live, in order and without a hole. */
import assert from 'node:assert/strict';
import { type LogName, nowhere, type Position, position, type RecordedEvent } from '@eventstream/contracts';
import { type EventStore, type LogFilter, StoreUnavailable } from '@eventstream/event-store';
import type { ContractTests } from './event-store-append.ts';
import { changed, newEvent, openWorld, writeTo } from './event-store-fixture.ts';

const positionsOf = (events: readonly RecordedEvent[]) => events.map((event) => Number(event.position));
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** Follows until everything up to a position has been looked at. */
async function followTo(
  { store, log, after = nowhere }: { store: EventStore; log: LogName; after?: Position },
  last: number,
  filter: LogFilter = {},
): Promise<readonly RecordedEvent[]> {
  const stop = new AbortController();
  const events: RecordedEvent[] = [];
  let at = after;
  for await (const page of store.subscribe(log, after, { ...filter, signal: stop.signal })) {
    assert(page.scannedTo >= at);
    at = page.scannedTo;
    events.push(...page.events);
    if (at >= last) stop.abort();
  }
  return events;
}

async function appendMany(store: EventStore, log: LogName, count: number): Promise<void> {
  await Promise.all(upTo(count).map(() => store.append(writeTo({ log }))));
}

export const subscribeTests: ContractTests = {
  'a subscription gives what is there, then what comes': async (open) => {
    const { store, log } = await openWorld(open);
    await appendMany(store, log, 5);
    const following = followTo({ store, log }, 8);
    for (let count = 0; count < 3; count += 1) await store.append(writeTo({ log }));
    assert.deepEqual(positionsOf(await following), upTo(8));
  },

  'a subscription starts after the position it is given': async (open) => {
    const { store, log } = await openWorld(open);
    await appendMany(store, log, 5);
    assert.deepEqual(positionsOf(await followTo({ store, log, after: position(3) }, 5)), [4, 5]);
  },

  'subscriptions that begin at any time under load see every event once and in order': async (open) => {
    const { store, log } = await openWorld(open);
    const followers: Promise<readonly RecordedEvent[]>[] = [];
    for (let round = 0; round < 8; round += 1) {
      followers.push(followTo({ store, log }, 400));
      await appendMany(store, log, 50);
    }
    for (const follower of followers) assert.deepEqual(positionsOf(await follower), upTo(400));
  },

  'a filtered subscription passes over the rest and still moves on': async (open) => {
    const { store, log } = await openWorld(open);
    const following = followTo({ store, log }, 21, { types: [changed(log)] });
    await appendMany(store, log, 10);
    await store.append(writeTo({ log }, newEvent(log, { type: changed(log) })));
    await appendMany(store, log, 10);
    assert.deepEqual(positionsOf(await following), [11]);
  },

  'an aborted subscription ends quietly, also while it waits': async (open) => {
    const { store, log } = await openWorld(open);
    await store.append(writeTo({ log }));
    const stop = new AbortController();
    let seen = 0;
    for await (const page of store.subscribe(log, nowhere, { signal: stop.signal })) {
      seen += page.events.length;
      setImmediate(() => stop.abort());
    }
    assert.equal(seen, 1);
  },

  'closing the store ends subscriptions with an error': async (open) => {
    const { store, log } = await openWorld(open);
    await store.append(writeTo({ log }));
    const { signal } = new AbortController();
    const follow = async () => {
      for await (const page of store.subscribe(log, nowhere, { signal })) if (page.scannedTo === 1) void store.close();
    };
    await assert.rejects(follow(), StoreUnavailable);
  },
};
