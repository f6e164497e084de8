import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { incarnation, nowhere, ordersLog, type Position, position } from '@eventstream/contracts';
import { recordedEvents } from '@eventstream/testing/contracts';
import { pagesAhead } from './pages-ahead.ts';
import { type LogPage, pageEventsMax } from './port.ts';

/** A log of a known head, read ten positions at a time; it says where it was asked to begin. */
class Log {
  readonly asked: Position[] = [];
  head = 25;
  broken = false;

  async readLog(_log: unknown, after: Position): Promise<LogPage> {
    this.asked.push(after);
    if (this.broken) throw new Error('the store is away');
    const scannedTo = position(Math.min(this.head, after + 10));
    const life = incarnation('0198c0de-0000-7000-8000-000000000001');
    return { events: [], scannedTo, head: position(this.head), incarnation: life };
  }
}

/** A log whose pages are full, except for those that large events make shorter. */
class FullLog extends Log {
  override head = 9_500;
  readonly #short: ReadonlyMap<number, number>;

  /** After which position how many events are a page. */
  constructor(short: ReadonlyMap<number, number> = new Map()) {
    super();
    this.#short = short;
  }

  override async readLog(log: unknown, after: Position): Promise<LogPage> {
    const page = await super.readLog(log, after);
    const count = Math.min(this.#short.get(after) ?? pageEventsMax, this.head - after);
    const events = recordedEvents(ordersLog, { from: after + 1, count });
    return { ...page, events, scannedTo: position(after + count) };
  }
}

const open = (log: Log) => pagesAhead(log, ordersLog, nowhere);

describe('pages ahead', () => {
  test('given a page that is worked on, the next one has been asked for, and no more than that', async () => {
    const log = new Log();
    const pages = open(log);
    await pages.next();
    assert.deepEqual(log.asked, [0, 10]);
    await pages.next();
    assert.deepEqual(log.asked, [0, 10, 20]);
  });

  test('given the head, nothing is asked for until the next page is wanted, and then what came meanwhile is in it', async () => {
    const log = new Log();
    const pages = open(log);
    for (const scannedTo of [10, 20, 25]) assert.equal((await pages.next()).value?.scannedTo, scannedTo);
    assert.deepEqual(log.asked, [0, 10, 20]);
    log.head = 30;
    assert.equal((await pages.next()).value?.scannedTo, 30);
    assert.deepEqual(log.asked, [0, 10, 20, 25]);
  });

  test('given a read ahead that fails, the page before it is still answered, and then the failure', async () => {
    const log = new Log();
    const pages = open(log);
    const first = pages.next();
    log.broken = true;
    assert.equal((await first).value?.scannedTo, 10);
    await assert.rejects(pages.next(), /the store is away/);
  });

  test('given full pages, eight are asked for ahead, and none behind the head', async () => {
    const log = new FullLog();
    const pages = open(log);
    await pages.next();
    const ahead = [1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 8_000];
    assert.deepEqual(log.asked, [0, ...ahead]);
    for (let more = 0; more < 9; more += 1) await pages.next();
    assert.deepEqual(log.asked, [0, ...ahead, 9_000]);
  });

  test('given pages that are shorter than was guessed, every event comes once and in order', async () => {
    const log = new FullLog(
      new Map([
        [1_000, 300],
        [1_300, 40],
        [2_340, 999],
        [4_339, 1],
      ]),
    );
    const found: number[] = [];
    for await (const page of open(log)) {
      found.push(...page.events.map((event) => event.position));
      if (page.scannedTo >= page.head) break;
    }
    assert.deepEqual(
      found,
      Array.from({ length: log.head }, (_, index) => index + 1),
    );
  });
});
