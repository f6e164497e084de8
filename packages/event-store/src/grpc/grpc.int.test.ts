import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import {
  eventId,
  incarnation,
  logName,
  type NewEvent,
  nowhere,
  orderEventTypes,
  ordersLog,
  type RecordedEvent,
  revision,
  streamName,
} from '@eventstream/contracts';
import { EventStoreService, type WriteResult } from '@eventstream/contracts/eventstore';
import { createLogger, newId, systemClock } from '@eventstream/platform';
import { GrpcStatusError, grpcClient, startGrpcServer, status } from '@eventstream/platform/grpc';
import { memoryEventStore } from '../memory/index.ts';
import {
  type AppendOutcome,
  type EventStore,
  StoreOverloaded,
  StoreUnavailable,
  UnknownLog,
  type Write,
} from '../port.ts';
import { grpcEventStore } from './client.ts';
import { eventStoreService } from './server.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const registry = { types: new Map([[ordersLog, new Set(Object.values(orderEventTypes))]]) };

function memory(queuedMax?: number): EventStore {
  return memoryEventStore({
    registry,
    clock: systemClock,
    newIncarnation: () => incarnation(newId()),
    ...(queuedMax === undefined ? {} : { queuedMax }),
  });
}

async function serve(t: TestContext, store: EventStore, port = 0) {
  const server = await startGrpcServer({
    address: '127.0.0.1',
    port,
    implementations: [eventStoreService({ store, logger, unansweredMax: 500 })],
    logger,
  });
  t.after(() => server.stop());
  return server;
}

function connect(t: TestContext, port: number, appendTimeoutMs = 10_000): EventStore {
  const client = grpcEventStore({ address: `127.0.0.1:${port}`, logger, appendTimeoutMs });
  t.after(() => client.close());
  return client;
}

function event(id = newId()): NewEvent {
  return { id: eventId(id), type: orderEventTypes.created, data: Buffer.from('{}'), metadata: { actor: 'test' } };
}

function writeTo(stream: string, expected: number | 'any' = 0, id = newId()): Write {
  return {
    log: ordersLog,
    streams: [
      { stream: streamName(stream), expected: expected === 'any' ? 'any' : revision(expected), events: [event(id)] },
    ],
  };
}

async function readAll(store: EventStore): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for (let after = nowhere; ; ) {
    const page = await store.readLog(ordersLog, after, { limit: 1000 });
    events.push(...page.events);
    if (page.scannedTo >= page.head) return events;
    after = page.scannedTo;
  }
}

describe('the event store over gRPC', () => {
  test('gives back what was appended, unchanged', async (t) => {
    const client = connect(t, (await serve(t, memory())).port);
    const write = writeTo('order-1');
    const outcome = await client.append(write);
    assert.equal(outcome.kind, 'appended');
    const page = await client.readStream(ordersLog, streamName('order-1'), {
      direction: 'forwards',
      from: revision(0),
      limit: 10,
    });
    const [stored] = page.events;
    const [{ events }] = write.streams;
    assert.deepEqual(
      { ...stored, data: Buffer.from(stored?.data ?? []).toString() },
      {
        ...events[0],
        data: '{}',
        log: ordersLog,
        position: 1,
        stream: 'order-1',
        revision: 1,
        recordedAtMs: outcome.kind === 'appended' && outcome.events[0].recordedAtMs,
      },
    );
    assert.deepEqual(await client.head(ordersLog), {
      log: ordersLog,
      position: 1,
      incarnation: outcome.kind === 'appended' && outcome.incarnation,
    });
  });

  test('answers each write of a message by itself', async (t) => {
    const client = connect(t, (await serve(t, memory())).port);
    const id = newId();
    await client.append(writeTo('order-1', 0, id));
    const outcomes = await Promise.all([
      client.append(writeTo('order-2')),
      client.append(writeTo('order-1', 0)),
      client.append(writeTo('order-1', 0, id)),
      client.append(writeTo('order-3', 0, id)),
      client.append({ ...writeTo('order-4'), log: logName('NOSUCH') }),
      client.append(writeTo('order-5')),
    ]);
    assert.deepEqual(outcomes.map(labelOf), [
      'appended',
      'conflict 0 1',
      'appended again',
      `idReused ${id}`,
      'refused unknown-log',
      'appended',
    ]);
  });

  test('answers events one by one to a reader that does not ask for rows', async (t) => {
    const { port } = await serve(t, memory());
    const client = connect(t, port);
    await client.append(writeTo('order-1'));
    const { calls, close } = grpcClient(EventStoreService, `127.0.0.1:${port}`);
    t.after(close);
    const { events, rows } = await calls.readLog({ log: 'ORDERS', limit: 10 });
    assert.deepEqual([events.map((found) => found.stream), rows], [['order-1'], []]);
  });

  test('refuses a log that nobody made when it is read', async (t) => {
    const client = connect(t, (await serve(t, memory())).port);
    const unknown = logName('NOSUCH');
    await assert.rejects(client.head(unknown), UnknownLog);
    await assert.rejects(client.readLog(unknown, nowhere, { limit: 1 }), UnknownLog);
    const pages = client.subscribe(unknown, nowhere, { signal: new AbortController().signal });
    await assert.rejects(async () => {
      for await (const page of pages) assert.fail(`a page of an unknown log: ${page.head}`);
    }, UnknownLog);
  });

  test('says overloaded at once when the store is', async (t) => {
    const client = connect(t, (await serve(t, memory(10))).port);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 200 }, (_, index) => client.append(writeTo(`order-${index}`))),
    );
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    assert(refused.length > 0 && refused.length < 200);
    for (const { reason } of refused) assert(reason instanceof StoreOverloaded);
    const stored = await readAll(client);
    assert.equal(stored.length, 200 - refused.length);
  });

  test('says overloaded to single calls too, with how many are waiting', async (t) => {
    const { port } = await serve(t, memory(10));
    const { calls, close } = grpcClient(EventStoreService, `127.0.0.1:${port}`);
    t.after(close);
    const good = { type: 'ORDERS.created', data: Buffer.from('{}') };
    const answers = await Promise.allSettled(
      Array.from({ length: 200 }, (_, index) =>
        calls.append({
          write: { log: 'ORDERS', streams: [{ stream: `order-${index}`, events: [{ ...good, id: newId() }] }] },
        }),
      ),
    );
    const refused = answers.filter((answer) => answer.status === 'rejected');
    assert(refused.length > 0 && refused.length < 200);
    for (const { reason } of refused) {
      assert(reason instanceof GrpcStatusError);
      assert.deepEqual(
        [reason.status, reason.code, reason.details],
        [status.RESOURCE_EXHAUSTED, 'store_overloaded', { queued: 10 }],
      );
    }
  });

  test('says once what follows when the store does not answer: of a write that it is unknown, of a read that nothing was changed', async (t) => {
    const away = (asked: 'read' | 'write') => () => Promise.reject(new StoreUnavailable(asked, 'the database is away'));
    const { port } = await serve(t, { ...memory(), append: away('write'), head: away('read') });
    const client = connect(t, port);
    const said = { code: 'store_unavailable', message: 'the database is away' };
    await assert.rejects(client.append(writeTo('order-1')), { ...said, nextStep: /^whether it was stored is unknown/ });
    await assert.rejects(client.head(ordersLog), { ...said, nextStep: /^nothing was changed: ask again/ });
    const nobody = connect(t, 1, 100);
    await assert.rejects(nobody.head(ordersLog), { nextStep: /^nothing was changed: ask again/ });
  });

  test('gives a write up as unknown when nobody answers by its deadline', async (t) => {
    const late = Promise.withResolvers<AppendOutcome>();
    const { port } = await serve(t, { ...memory(), append: () => late.promise });
    const client = connect(t, port, 100);
    await assert.rejects(client.append(writeTo('order-1')), StoreUnavailable);
    const nobody = connect(t, 1, 100);
    await assert.rejects(nobody.append(writeTo('order-1')), StoreUnavailable);
    await assert.rejects(nobody.head(ordersLog), StoreUnavailable);
    late.resolve({ kind: 'refused', code: 'bad-write', message: 'too late for anybody' });
  });
});

describe('a server that goes away under load', () => {
  test('loses no acknowledged write, doubles none, and is found again', async (t) => {
    const store = memory();
    let server = await serve(t, store);
    const client = connect(t, server.port);
    const ids = Array.from({ length: 3000 }, () => newId());
    const acked = new Set<string>();
    const halfWay = new EventTarget();
    const load = Promise.all(
      Array.from({ length: 50 }, async (_, lane) => {
        for (let index = lane; index < ids.length; index += 50) {
          const id = ids[index] ?? assert.fail();
          const outcome = await client.append(writeTo(`order-${id}`, 0, id));
          assert.equal(outcome.kind, 'appended');
          acked.add(id);
          if (acked.size === 1000) halfWay.dispatchEvent(new Event('reached'));
        }
      }),
    );
    await once(halfWay, 'reached');
    await server.stop();
    server = await serve(t, store, server.port);
    await load;
    const stored = await readAll(client);
    assert.equal(acked.size, ids.length);
    assert.deepEqual(new Set(stored.map(({ id }) => id)), new Set(ids));
    assert.equal(stored.length, ids.length);
  });

  test('does not tear a hole into a subscription', async (t) => {
    const store = memory();
    let server = await serve(t, store);
    const client = connect(t, server.port);
    const stop = new AbortController();
    const seen: number[] = [];
    await client.append(writeTo('order-0'));
    let restarted = false;
    for await (const page of client.subscribe(ordersLog, nowhere, { signal: stop.signal })) {
      seen.push(...page.events.map(({ position }) => position));
      if (!restarted && seen.length === 1) {
        restarted = true;
        await server.stop();
        await store.append(writeTo('order-1'));
        server = await serve(t, store, server.port);
        await store.append(writeTo('order-2'));
      }
      if (seen.length === 3) stop.abort();
    }
    assert.deepEqual(seen, [1, 2, 3]);
  });
});

describe('requests that make no sense', () => {
  const good = { id: newId(), type: 'ORDERS.created', data: Buffer.from('{}'), metadata: {} };
  const streams = [{ stream: 'order-1', expectedRevision: 0n, events: [good] }];
  const cases = [
    { name: 'no write', write: undefined, code: 'bad-write' },
    { name: 'no log', write: { log: '', streams }, code: 'bad-write' },
    { name: 'an unknown log', write: { log: 'NOSUCH', streams }, code: 'unknown-log', status: status.NOT_FOUND },
    { name: 'no stream', write: { log: 'ORDERS', streams: [] }, code: 'bad-write' },
    {
      name: 'a bad stream name',
      write: { log: 'ORDERS', streams: [{ stream: 'x y', events: [good] }] },
      code: 'bad-write',
    },
    { name: 'no event', write: { log: 'ORDERS', streams: [{ stream: 'order-1', events: [] }] }, code: 'bad-write' },
    { name: 'a bad id', write: withEvent({ id: 'not-a-uuid' }), code: 'bad-write' },
    { name: 'no type', write: withEvent({ type: '' }), code: 'unknown-type' },
    {
      name: 'a type that is a broker command',
      write: withEvent({ type: '$JS.API.STREAM.DELETE.ORDERS' }),
      code: 'unknown-type',
    },
    { name: 'a type outside the registry', write: withEvent({ type: 'ORDERS.nosuch' }), code: 'unknown-type' },
    { name: 'data that is not JSON', write: withEvent({ data: Buffer.from('{') }), code: 'bad-data' },
    {
      name: 'an oversized event',
      write: withEvent({ data: Buffer.from(`"${'x'.repeat(300_000)}"`) }),
      code: 'too-large',
    },
    { name: 'metadata with a line break', write: withEvent({ metadata: { a: 'b\nc' } }), code: 'bad-metadata' },
    {
      name: 'a revision that no number can hold',
      write: { log: 'ORDERS', streams: [{ stream: 'order-1', expectedRevision: 2n ** 60n, events: [good] }] },
      code: 'bad-write',
    },
  ];

  function withEvent(change: object) {
    return { log: 'ORDERS', streams: [{ stream: 'order-1', events: [{ ...good, ...change }] }] };
  }

  test('are refused one by one, with their status and code, and nothing is stored', async (t) => {
    const { port } = await serve(t, memory());
    const { calls, close } = grpcClient(EventStoreService, `127.0.0.1:${port}`);
    t.after(close);
    for (const { name, write, code, status: expected = status.INVALID_ARGUMENT } of cases) {
      const error = await calls.append(write ? { write } : {}).then(
        () => assert.fail(`${name} was accepted`),
        (thrown: unknown) => thrown,
      );
      assert(error instanceof GrpcStatusError, name);
      assert.deepEqual([error.status, error.code], [expected, code], name);
    }
    const stream = calls.appendMany();
    const writes = cases.map(({ write }, index) => ({ correlation: BigInt(index), ...(write ? { write } : {}) }));
    void stream.send({ writes: [...writes, { correlation: 99n, write: { log: 'ORDERS', streams } }] });
    const results: WriteResult[] = [];
    for await (const response of stream.responses) {
      results.push(...response.results);
      if (results.length > cases.length) stream.end();
    }
    const byCorrelation = new Map(results.map((result) => [Number(result.correlation), result.outcome]));
    for (const [index, { name, code }] of cases.entries()) {
      const outcome = byCorrelation.get(index);
      assert.equal(outcome?.case === 'refused' && outcome.value.code, code, name);
    }
    assert.equal(byCorrelation.get(99)?.case, 'appended');
    assert.equal((await calls.head({ log: 'ORDERS' })).position, 1n);
  });

  test('conflict and a reused id have their status and details', async (t) => {
    const { port } = await serve(t, memory());
    const { calls, close } = grpcClient(EventStoreService, `127.0.0.1:${port}`);
    t.after(close);
    const write = { log: 'ORDERS', streams };
    assert.equal((await calls.append({ write })).appended?.events[0]?.position, 1n);
    assert.equal((await calls.append({ write })).appended?.repeated, true);
    const other = { ...good, id: newId() };
    await assert.rejects(
      calls.append({
        write: { log: 'ORDERS', streams: [{ stream: 'order-1', expectedRevision: 0n, events: [other] }] },
      }),
      { status: status.ABORTED, code: 'conflict', details: { stream: 'order-1', expected: 0, actual: 1 } },
    );
    await assert.rejects(calls.append({ write: { log: 'ORDERS', streams: [{ stream: 'order-2', events: [good] }] } }), {
      status: status.ALREADY_EXISTS,
      code: 'id-reused',
      details: { eventId: good.id },
    });
    await assert.rejects(calls.readLog({ log: 'ORDERS', limit: 1001 }), { status: status.INVALID_ARGUMENT });
    await assert.rejects(calls.readStream({ log: 'ORDERS', stream: '' }), { status: status.INVALID_ARGUMENT });
  });
});

function labelOf(outcome: AppendOutcome): string {
  switch (outcome.kind) {
    case 'appended':
      return outcome.repeated ? 'appended again' : 'appended';
    case 'conflict':
      return `conflict ${outcome.expected} ${outcome.actual}`;
    case 'idReused':
      return `idReused ${outcome.eventId}`;
    case 'refused':
      return `refused ${outcome.code}`;
    default:
      return assert.fail('no such outcome');
  }
}
