import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { incarnation, nowhere, ordersLog, type Position, position } from '@eventstream/contracts';
import type { LogPage } from '@eventstream/event-store';
import { pagesAhead } from './pages-ahead.ts';

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
});
