import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { eventId, nowhere, type RecordedEvent } from '@eventstream/contracts';
import { EventStoreService } from '@eventstream/contracts/eventstore';
import { createLogger, newId } from '@eventstream/platform';
import { grpcClient, startGrpcServer } from '@eventstream/platform/grpc';
import { fromRows } from '../event-rows.ts';
import { readByIds } from '../sql/reading/read-events.ts';
import { storeDatabase } from '../sql/stores.fixture.ts';
import { grpcEventStore } from './client.ts';
import { eventStoreService } from './server.ts';

const logger = createLogger({ service: 'test', level: 'silent' });

/** What `append` lets in, and what it does not: that has come into the table in another way. */
const odd = [
  { data: Buffer.alloc(0), metadata: '{"actor":"import"}' },
  {
    data: Buffer.from([0, 0xff, 0xfe, 0x5c, 0x22, 0x0a]),
    metadata: '{ "actor" : "Zoë \\"\\u2603\\" \\\\",\n "attempts" : 3 }',
  },
  { data: Buffer.alloc(5_000_000, 'x'), metadata: '{"a":"{},{}"}' },
  { data: Buffer.from('{"n":2}'), metadata: '{"a":"","b":"[,]"}' },
];
const usual = { data: Buffer.from('{"n":1}'), metadata: '{}' };

/** A log of so many events, with odd ones here and there. */
async function oddLog(count: number) {
  const database = await storeDatabase();
  const { sql } = database;
  const { log, type, registry } = await database.newLog();
  const ids = Array.from({ length: count }, () => eventId(newId()));
  for (const [index, id] of ids.entries()) {
    const { data, metadata } = odd[index % 100] ?? usual;
    const place = [log, index + 1, `order-${index % 7}`, index + 1];
    await sql.execute(
      `insert into events (log, position, stream, revision, event_id, type, data, metadata, recorded_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [...place, id, type, data, metadata, new Date(1_764_300_000_001 + index * 997)],
    );
  }
  await sql.execute('update log_heads set position = $2 where log = $1', [log, count]);
  return { sql, log, type, ids, store: database.openStore(registry) };
}

/** That log behind a server. */
async function servedOddLog(t: TestContext, count: number) {
  const opened = await oddLog(count);
  const { sql, store } = opened;
  const implementations = [eventStoreService({ store, logger })];
  const limits = { maxAnswerBytes: 64 * 1024 * 1024 };
  const server = await startGrpcServer({ address: '127.0.0.1', port: 0, implementations, logger, limits });
  const address = `127.0.0.1:${server.port}`;
  const client = grpcEventStore({ address, logger });
  t.after(async () => {
    await client.close();
    await server.stop();
    await store.close();
    await sql.close();
  });
  return { ...opened, address, client };
}

test('a log is read as its rows are, whatever is in them, from the database and through a server', async (t) => {
  const { sql, log, type, ids, store, client } = await servedOddLog(t, 300);
  const plain = (event: RecordedEvent | undefined) => ({
    ...event,
    data: Buffer.from(event?.data ?? []).toString('hex'),
  });
  const rows = new Map((await readByIds(sql, ids)).map((event) => [event.id, event]));
  const expected = ids.map((id) => plain(rows.get(id)));
  for (const reader of [store, client])
    for (const filter of [{}, { types: [type], streamPrefix: 'order-' }]) {
      const found: RecordedEvent[] = [];
      for (let at = nowhere; at < ids.length; ) {
        const page = await reader.readLog(log, at, { ...filter, limit: 130 });
        assert.ok(page.scannedTo > at && page.events.length <= 130);
        found.push(...page.events);
        at = page.scannedTo;
      }
      assert.deepEqual(found.map(plain), expected);
    }
});

test('a server answers the rows of a log to who asks for them, and its events to who does not', async (t) => {
  const { log, ids, address } = await servedOddLog(t, 2);
  const { calls, close } = grpcClient(EventStoreService, address);
  t.after(close);
  const asRows = await calls.readLog({ log, limit: 10, asRows: true });
  assert.deepEqual(asRows.events, []);
  assert.deepEqual(
    asRows.rows.flatMap((some) => fromRows(log, some)).map((event) => event.id),
    ids,
  );
  const asEvents = await calls.readLog({ log, limit: 10 });
  assert.deepEqual(asEvents.rows, []);
  assert.deepEqual(
    asEvents.events.map((event) => event.id),
    ids,
  );
});
