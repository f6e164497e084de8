/**
 * What every event store adapter promises, as tests. Nothing in here knows how an adapter works: it runs against
 * memory, SQL, and a client that talks to a server.
 */
import { describe, test } from 'node:test';
import type { EventStore } from '@eventstream/event-store';
import { appendTests } from './event-store-append.ts';
import type { OpenEventStore } from './event-store-fixture.ts';
import { readTests } from './event-store-read.ts';
import { refusalTests } from './event-store-refusals.ts';
import { subscribeTests } from './event-store-subscribe.ts';

/** An adapter under test. */
export interface EventStoreUnderTest {
  readonly name: string;
  /** A store with these logs, new and empty. The suite closes it. */
  readonly open: (options: OpenEventStore) => Promise<EventStore>;
}

/** Runs the whole contract. Call it at the top of a test file. */
export function eventStoreContract({ name, open }: EventStoreUnderTest): void {
  describe(`the event store's contract: ${name}`, () => {
    for (const tests of [appendTests, refusalTests, readTests, subscribeTests]) {
      for (const [statement, run] of Object.entries(tests)) test(statement, () => closing(open, run));
    }
  });
}

type Open = EventStoreUnderTest['open'];

/** Runs one test and closes every store that it opened. */
async function closing(open: Open, run: (open: Open) => Promise<void>): Promise<void> {
  const opened: EventStore[] = [];
  try {
    await run(async (options) => {
      const store = await open(options);
      opened.push(store);
      return store;
    });
  } finally {
    for (const store of opened) await store.close();
  }
}
