/** What a client makes of a server that refuses reads, because callers do not take their answers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  eventId,
  incarnation,
  noRevision,
  nowhere,
  orderEventTypes,
  ordersLog,
  streamName,
} from '@eventstream/contracts';
import { createLogger, newId, systemClock } from '@eventstream/platform';
import { type GrpcServerLimits, startGrpcServer } from '@eventstream/platform/grpc';
import { memoryEventStore } from '../memory/index.ts';
import { StoreOverloaded } from '../port.ts';
import { grpcEventStore } from './client.ts';
import { eventStoreService } from './server.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const registry = { types: new Map([[ordersLog, new Set(Object.values(orderEventTypes))]]) };

test('a refused read is an overload, nothing that is written is refused, and a subscription goes on once there is room', async (t) => {
  const store = memoryEventStore({ registry, clock: systemClock, newIncarnation: () => incarnation(newId()) });
  const serve = (port: number, limits: Partial<GrpcServerLimits>) => {
    const implementations = [eventStoreService({ store, logger })];
    return startGrpcServer({ address: '127.0.0.1', port, implementations, logger, limits });
  };
  const full = await serve(0, { maxUntakenBytes: 0 });
  const client = grpcEventStore({ address: `127.0.0.1:${full.port}`, logger });
  t.after(() => client.close());

  const stream = streamName('order-1');
  const event = { id: eventId(newId()), type: orderEventTypes.created, data: Buffer.from('{}'), metadata: {} };
  const write = { log: ordersLog, streams: [{ stream, expected: noRevision, events: [event] }] } as const;
  assert.equal((await client.append(write)).kind, 'appended');
  const reads = await Promise.allSettled([
    client.readLog(ordersLog, nowhere, { limit: 1 }),
    client.readStream(ordersLog, stream, { direction: 'forwards', from: noRevision, limit: 1 }),
    client.head(ordersLog),
  ]);
  for (const read of reads) {
    assert.ok(read.status === 'rejected' && read.reason instanceof StoreOverloaded);
    assert.match(read.reason.message, /not taken/);
  }

  const pages = client.subscribe(ordersLog, nowhere, { signal: t.signal })[Symbol.asyncIterator]();
  const first = pages.next();
  await full.stop();
  const roomy = await serve(full.port, {});
  t.after(() => roomy.stop());
  const { value } = await first;
  assert.equal(value?.events.length, 1);
  await pages.return?.();
});
