import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventId, eventType, logName, position, revision, streamName } from '@eventstream/contracts';
import { newId } from '@eventstream/platform';
import { migrate, type Sql } from '@eventstream/platform/sql';
import { testPostgres } from '@eventstream/testing/harness';
import { deadLetterOffice } from '../dead-letters/dead-letter-office.ts';
import type { DeadLetter } from '../dead-letters/dead-letters.ts';
import { insertDeadLetter, sqlDeadLetterDesk } from './dead-letters.ts';
import { workerComponent, workerMigrations } from './migrations.ts';

/** A database that orders text as English does, where `a` comes before `B`, with a letter of each of these consumers. */
async function englishDatabase(consumers: readonly string[]): Promise<Sql> {
  const { freshDatabase } = await testPostgres();
  const sql = (await freshDatabase({ language: 'en' })).open();
  await migrate(sql, { component: workerComponent, migrations: workerMigrations });
  for (const consumer of consumers)
    await insertDeadLetter(sql, {
      consumer,
      eventId: eventId(newId()),
      type: eventType('ORDERS.created'),
      log: logName('ORDERS'),
      position: position(1),
      stream: streamName('order-1'),
      revision: revision(1),
      reason: 'poison',
      stack: undefined,
      attempts: 1,
    });
  return sql;
}

test('letters of several databases are paged each once, however those order text', async () => {
  const databases = [await englishDatabase(['a', 'C']), await englishDatabase(['B', 'd'])];
  const office = deadLetterOffice(databases.map(sqlDeadLetterDesk));
  const found: string[] = [];
  for (let after: DeadLetter | undefined; ; ) {
    const page = await office.list({ limit: 1, after });
    after = page.at(-1);
    if (after === undefined) break;
    found.push(after.consumer);
  }
  assert.deepEqual(found, ['B', 'C', 'a', 'd']);
});
