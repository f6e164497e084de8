import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type LogName, nowhere, position, type RecordedEvent, revision } from '@eventstream/contracts';
import { CodedError, createLogger, newId } from '@eventstream/platform';
import { openSql, type Sql, type SqlSession } from '@eventstream/platform/sql';
import { eventually } from '@eventstream/testing/eventually';
import { throughTo } from '@eventstream/testing/harness';
import { seeded } from '@eventstream/testing/seeded';
import { type AppendOutcome, type EventStore, StoreOverloaded, StoreUnavailable, type Write } from '../port.ts';
import { defaultLimits } from './limits.ts';
import { SqlLog } from './sql-log.ts';
import { oneEvent, type StoreDatabase, storeDatabase } from './stores.fixture.ts';

let database: StoreDatabase;

before(async () => {
  database = await storeDatabase();
});

/** Every event of the log, checked to be dense. */
async function denseLog(store: EventStore, log: Write['log']): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for (let at = nowhere; ; ) {
    const page = await store.readLog(log, at, { limit: 1000 });
    events.push(...page.events);
    at = page.scannedTo;
    if (at >= page.head) break;
  }
  events.forEach((event, index) => assert.equal(event.position, index + 1));
  return events;
}

/** Exactly the acknowledged events are stored, each once. */
function assertStored(stored: readonly RecordedEvent[], acked: readonly Write[]): void {
  const ids = acked.map((write) => write.streams[0].events[0].id);
  assert.equal(stored.length, ids.length);
  assert.deepEqual(new Set(stored.map((event) => event.id)), new Set(ids));
}

/** Appends `count` single events from 16 callers; each repeats its write with the same id until it is answered. */
async function appendAll(stores: readonly EventStore[], make: () => Write, count: number): Promise<Write[]> {
  const acked: Write[] = [];
  let begun = 0;
  const caller = async (index: number): Promise<void> => {
    const store = stores[index % stores.length];
    assert(store);
    while (begun < count) {
      begun += 1;
      const write = make();
      const outcome = await untilAnswered(store, write);
      assert.equal(outcome.kind, 'appended');
      acked.push(write);
    }
  };
  await Promise.all(Array.from({ length: 16 }, (_, index) => caller(index)));
  return acked;
}

async function untilAnswered(store: EventStore, write: Write): Promise<AppendOutcome> {
  for (;;) {
    try {
      return await store.append(write);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
    }
  }
}

/** Fails statements at random with 40001, before they run or, as a lost reply does, after. */
function failingSql(sql: Sql, random: () => number): Sql {
  const failing = (session: SqlSession, losesReplies: boolean): SqlSession => ({
    query: async <Row>(...args: Parameters<SqlSession['query']>) => {
      if (random() < 0.1) throw new CodedError('40001', 'injected');
      const rows = await session.query<Row>(...args);
      if (losesReplies && random() < 0.1) throw new CodedError('40003', 'injected');
      return rows;
    },
    execute: (...args) => session.execute(...args),
  });
  return {
    ...throughTo(sql),
    ...failing(sql, true),
    transaction: (work, options) => sql.transaction((tx) => work(failing(tx, false)), options),
    pipeline: () => {
      const pipeline = sql.pipeline();
      return { ...failing(pipeline, true), close: () => pipeline.close() };
    },
  };
}

describe('under faults', () => {
  test('a database that is away is reported within the time a caller has', async () => {
    const { registry, ...of } = await database.newLog();
    const logger = createLogger({ service: 'test', level: 'silent' });
    const away = openSql({
      url: 'postgresql://nobody@127.0.0.1:1/none',
      applicationName: 'test',
      maxConnections: 1,
      logger,
    });
    const store = database.openStore(registry, { sql: away, limits: { answerWithinMs: 200 } });
    await assert.rejects(store.append(oneEvent(of)), StoreUnavailable);
    await assert.rejects(store.head(of.log), StoreUnavailable);
    await store.close();
    await away.close();
  });

  test('a write whose caller has given up is dropped before its batch begins', async () => {
    const { registry, ...of } = await database.newLog();
    const store = database.openStore(registry);
    const [first, second] = await database.sql.transaction(async (tx) => {
      await tx.query('select 1 from log_heads where log = $1 for update', [of.log]);
      const blocked = store.append(oneEvent(of));
      await untilBlocked(database.sql);
      const impatient = store.append(oneEvent(of), { deadlineInMs: 1 }).catch((error: unknown) => error);
      await tx.query('select pg_sleep(0.05)'); // the database's time passes while the first batch holds the line
      return [blocked, impatient];
    });
    assert.equal((await first).kind, 'appended');
    assert((await second) instanceof StoreOverloaded);
    assert.equal((await store.head(of.log)).position, 1);
    await store.close();
  });

  test('a write that only the database rejects is isolated from those it came with', async () => {
    const { registry, ...of } = await database.newLog();
    await database.sql.execute(`alter table events add constraint poison check (metadata not like '%poison%')`);
    const store = database.openStore(registry);
    const writes = Array.from({ length: 9 }, (_, index) => oneEvent(of, { actor: index === 5 ? 'poison' : 'good' }));
    const outcomes = await Promise.all(writes.map((write) => store.append(write)));
    outcomes.forEach((outcome, index) => assert.equal(outcome.kind, index === 5 ? 'refused' : 'appended'));
    assert.equal((await denseLog(store, of.log)).length, 8);
    await database.sql.execute('alter table events drop constraint poison');
    await store.close();
  });
});

/** Waits until some session waits for a lock. */
async function untilBlocked(sql: Sql): Promise<void> {
  await eventually(
    () => sql.query(`select 1 from pg_stat_activity where wait_event_type = 'Lock'`),
    (blocked) => blocked.length > 0,
  );
}

/** As a backup would that was made when the log ended here. */
async function restoreTo(log: LogName, last: number): Promise<void> {
  await database.sql.execute('delete from events where log = $1 and position > $2', [log, last]);
  await database.sql.execute('update log_heads set position = $2 where log = $1', [log, last]);
}

/** The store hears, as a follower does, that the log has come so far. */
async function hearOf(store: EventStore, log: LogName, last: number): Promise<void> {
  const stop = new AbortController();
  for await (const { scannedTo } of store.subscribe(log, nowhere, { signal: stop.signal }))
    if (scannedTo >= last) stop.abort();
}

describe('when the log itself changes', () => {
  test('a log that went back under the same incarnation is not written to', async () => {
    const { registry, ...of } = await database.newLog();
    const store = database.openStore(registry);
    for (let count = 0; count < 3; count += 1) await store.append(oneEvent(of));
    await restoreTo(of.log, 1);
    await assert.rejects(store.append(oneEvent(of)), {
      code: 'store_unavailable',
      message: /went back from position 3 to 1/,
    });
    await store.close();
  });

  for (const [how, hear] of [
    ['is told where the log stands', (store: EventStore, log: LogName) => store.head(log)],
    ['has somebody who follows it', (store: EventStore, log: LogName) => hearOf(store, log, 4)],
  ] as const)
    test(`a log that went back is not written to by a store that wrote less lately, but ${how}`, async () => {
      const { registry, ...of } = await database.newLog();
      const [often, seldom] = [database.openStore(registry), database.openStore(registry)];
      await seldom.append(oneEvent(of));
      for (let count = 0; count < 3; count += 1) await often.append(oneEvent(of));
      await hear(seldom, of.log);
      await restoreTo(of.log, 2);
      await assert.rejects(seldom.append(oneEvent(of)), { message: /went back from position 4 to 2/ });
      assert.equal((await denseLog(seldom, of.log)).length, 2);
      await Promise.all([often.close(), seldom.close()]);
    });

  test('appends that are held are refused with the reason, those in line too, and taken again afterwards', async () => {
    const { registry, ...of } = await database.newLog();
    const store = database.openStore(registry);
    const refused = { code: 'store_unavailable', message: /is not written to: for a reason/ };
    const [first, second] = await database.sql.transaction(async (tx) => {
      await tx.query('select 1 from log_heads where log = $1 for update', [of.log]);
      const underWay = store.append(oneEvent(of));
      await untilBlocked(database.sql);
      const inLine = store.append(oneEvent(of)).catch((error: unknown) => error);
      store.holdAppends(of.log, 'for a reason');
      return [underWay, inLine];
    });
    assert.equal((await first).kind, 'appended');
    assert((await second) instanceof StoreUnavailable);
    await assert.rejects(store.append(oneEvent(of)), refused);
    assert.equal((await store.head(of.log)).position, 1, 'reading goes on');
    store.holdAppends(of.log, undefined);
    assert.equal((await store.append(oneEvent(of))).kind, 'appended');
    await store.close();
  });

  test('who follows a log that went back waits at its end, and goes on when it grows again', async () => {
    const { registry, ...of } = await database.newLog();
    const store = database.openStore(registry);
    for (let count = 0; count < 5; count += 1) await store.append(oneEvent(of));
    const logger = createLogger({ service: 'test', level: 'silent' });
    const limits = { ...defaultLimits, headPollMs: 20 };
    const sqlLog = new SqlLog({ sql: database.sql, log: of.log, logger, limits, onCommitted: () => {} });
    const { signal } = new AbortController();
    await sqlLog.grown(position(4), signal);
    await restoreTo(of.log, 3);
    const atItsEnd = await eventually(
      async () => {
        const grown = sqlLog.grown(position(3), signal).then(() => 'grown');
        const soon = await Promise.race([grown, database.sql.query('select 1').then(() => 'waits')]);
        return { grown, soon };
      },
      ({ soon }) => soon === 'waits',
    );
    const another = database.openStore(registry);
    await another.append(oneEvent(of));
    assert.equal(await atItsEnd.grown, 'grown');
    await Promise.all([sqlLog.close(), store.close(), another.close()]);
  });

  test('once a log is seen to have gone back, what it lost is served no more', async () => {
    const { registry, ...of } = await database.newLog();
    const store = database.openStore(registry);
    for (let count = 0; count < 5; count += 1) await store.append(oneEvent(of));
    await restoreTo(of.log, 3);
    assert.equal((await store.head(of.log)).position, 3);
    for await (const { events, head } of store.subscribe(of.log, position(3), {
      signal: new AbortController().signal,
    })) {
      assert.deepEqual([events, head], [[], 3]);
      break;
    }
    await store.close();
  });

  test('a new incarnation is taken up with everything remembered forgotten', async () => {
    const { registry, ...of } = await database.newLog();
    const store = database.openStore(registry);
    const old = oneEvent(of, { stream: 'order-1' });
    await store.append(old);
    const life = newId();
    await database.sql.execute('delete from events where log = $1', [of.log]);
    await database.sql.execute('update log_heads set position = 0, incarnation = $2 where log = $1', [of.log, life]);
    const outcome = await store.append(old);
    assert(outcome.kind === 'appended' && !outcome.repeated);
    assert.equal(outcome.incarnation, life);
    await store.close();
  });

  test('a subscriber sees what another process commits', async () => {
    const { registry, ...of } = await database.newLog();
    const [reader, writer] = [database.openStore(registry), database.openStore(registry)];
    const stop = new AbortController();
    let seen = 0;
    for await (const page of reader.subscribe(of.log, nowhere, { signal: stop.signal })) {
      seen += page.events.length;
      if (seen === 0) await writer.append(oneEvent(of));
      else stop.abort();
    }
    assert.equal(seen, 1);
    await Promise.all([reader.close(), writer.close()]);
  });
});

for (const { name, limits } of [
  { name: 'one commit at a time', limits: {} },
  { name: 'a second commit under way as soon as three writes wait', limits: { overlapFrom: 3 } },
]) {
  describe(`under faults, ${name}`, () => {
    test('two stores that write to one log at the same time keep it dense', async () => {
      const { registry, ...of } = await database.newLog();
      const stores = [database.openStore(registry, { limits }), database.openStore(registry, { limits })];
      const [first] = stores;
      assert(first);
      await appendAll(stores, () => oneEvent(of), 400);
      assert.equal((await denseLog(first, of.log)).length, 400);
      for (const store of stores) await store.close();
    });

    test('serialization failures and lost replies cost time, and nothing else', async () => {
      const { registry, ...of } = await database.newLog();
      const store = database.openStore(registry, { limits, sql: failingSql(database.sql, seeded(7)) });
      const acked = await appendAll([store], () => oneEvent(of), 200);
      const stored = await denseLog(database.openStore(registry), of.log);
      assertStored(stored, acked);
      await store.close();
    });

    test('connections that are killed at random lose no acknowledged event and double none', async () => {
      const { registry, ...of } = await database.newLog();
      const store = database.openStore(registry, { limits });
      const kill = `select count(pg_terminate_backend(pid)) as killed from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`;
      let made = 0;
      let killed = 0;
      let killing: Promise<void> | undefined;
      // One at a time: two would kill each other. It may be given a connection that the last one has killed: then again.
      const killOnce = async (): Promise<void> => {
        const [row] = await database.sql.queryIdempotent<{ killed: bigint }>(kill);
        killed += Number(row?.killed ?? 0);
        killing = undefined;
      };
      const killNowAndThen = () => {
        made += 1;
        if (made % 60 === 0) killing ??= killOnce();
        return oneEvent(of);
      };
      const acked = await appendAll([store], killNowAndThen, 600);
      await killing;
      const stored = await denseLog(store, of.log);
      assertStored(stored, acked);
      assert(killed > 0, 'no connection was killed, so nothing was shown');
      await store.close();
    });

    test('commits are announced in order, each event once', async () => {
      const { registry, ...of } = await database.newLog();
      const store = database.openStore(registry, { limits });
      const announced: number[] = [];
      const stop = store.onCommitted(({ events }) => announced.push(...events.map((event) => event.position)));
      await Promise.all(Array.from({ length: 100 }, () => store.append(oneEvent(of))));
      stop();
      await store.append(oneEvent(of));
      assert.deepEqual(
        announced,
        Array.from({ length: 100 }, (_, index) => index + 1),
      );
      await store.close();
    });

    test('commits are announced in order while a stranger writes to the same log', async () => {
      const { registry, ...of } = await database.newLog();
      const stores = [database.openStore(registry, { limits }), database.openStore(registry, { limits })];
      const announced: number[][] = stores.map(() => []);
      for (const [index, store] of stores.entries())
        store.onCommitted(({ events }) => announced[index]?.push(...events.map((event) => event.position)));
      await appendAll(stores, () => oneEvent(of), 400);
      for (const positions of announced)
        assert.deepEqual(
          positions,
          positions.toSorted((a, b) => a - b),
        );
      assert.deepEqual(
        announced.flat().toSorted((a, b) => a - b),
        Array.from({ length: 400 }, (_, index) => index + 1),
      );
      for (const store of stores) await store.close();
    });

    test('a write waits for what it follows: the same stream, appended to without waiting for answers', async () => {
      const { registry, ...of } = await database.newLog();
      const store = database.openStore(registry, { limits });
      const steps = Array.from({ length: 30 }, (_, index) => revision(index));
      const appended = steps.flatMap((expected) =>
        ['order-a', 'order-b'].map((stream) => store.append(oneEvent(of, { stream, expected }))),
      );
      for (const outcome of await Promise.all(appended)) assert.equal(outcome.kind, 'appended');
      assert.equal((await denseLog(store, of.log)).length, 60);
      await store.close();
    });
  });
}
