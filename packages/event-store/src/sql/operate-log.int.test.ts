import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { incarnation, isNonEmpty, nowhere, position } from '@eventstream/contracts';
import { codeOf, newId } from '@eventstream/platform';
import { changeIncarnation, importEvents } from './operate-log.ts';
import { readHead } from './reading/read-events.ts';
import { readLogPage } from './reading/read-log.ts';
import { oneEvent, type StoreDatabase, storeDatabase } from './stores.fixture.ts';

let database: StoreDatabase;
before(async () => {
  database = await storeDatabase();
});

const notNext = (error: unknown) => codeOf(error) === 'import_not_next';

/** A log of five events, and the same log as an older backup would have it: with the first two. */
async function restoredLog() {
  const { sql } = database;
  const { log, type, registry } = await database.newLog();
  const store = database.openStore(registry);
  for (let index = 0; index < 5; index += 1) await store.append(oneEvent({ log, type }));
  await store.close();
  const { events, incarnation: life } = await readLogPage(sql, { log, after: nowhere }, { limit: 10 });
  await sql.execute('delete from events where log = $1 and position > 2', [log]);
  await sql.execute('update log_heads set position = 2 where log = $1', [log]);
  const lost = events.slice(2);
  assert(isNonEmpty(lost));
  return { sql, log, life, events, lost };
}

describe('importing events', () => {
  test('brings them back exactly as they were', async () => {
    const { sql, log, life, events, lost } = await restoredLog();
    assert.equal((await importEvents(sql, life, lost)).position, 5);
    const page = await readLogPage(sql, { log, after: nowhere }, { limit: 10 });
    assert.deepEqual(page.events, events);
  });

  test('is refused unless the first comes next, the others follow, and the life is the same', async () => {
    const { sql, log, life, lost } = await restoredLog();
    const [first, second, third] = lost;
    assert(second && third);
    await assert.rejects(importEvents(sql, life, [second, third]), notNext);
    await assert.rejects(importEvents(sql, life, [first, third]), notNext);
    await assert.rejects(importEvents(sql, incarnation(newId()), lost), notNext);
    assert.equal((await readHead(sql, log)).position, 2, 'nothing was stored');
  });

  test('a second time stores nothing twice', async () => {
    const { sql, log, life, lost } = await restoredLog();
    await importEvents(sql, life, lost);
    await assert.rejects(importEvents(sql, life, lost), notNext);
    assert.equal((await readHead(sql, log)).position, 5);
  });
});

test('another incarnation changes no event', async () => {
  const { sql, log, life } = await restoredLog();
  const head = await changeIncarnation(sql, log);
  assert.notEqual(head.incarnation, life);
  assert.equal(head.position, position(2));
  assert.equal((await readLogPage(sql, { log, after: nowhere }, { limit: 10 })).events.length, 2);
});
