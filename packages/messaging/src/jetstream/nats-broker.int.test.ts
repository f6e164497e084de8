/** A broker that comes late, goes, or never comes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nowhere } from '@eventstream/contracts';
import { createLogger } from '@eventstream/platform';
import { eventually } from '@eventstream/testing/eventually';
import { ownNats } from '@eventstream/testing/harness';
import type { Delivery } from '../port.ts';
import { freshLog, GrowingLog } from '../relay/relay-world.fixture.ts';
import { connectNats } from './connect-nats.ts';
import { openJetStreamLogCopy } from './log-copy.ts';
import { natsBroker } from './nats-broker.ts';

const silent = createLogger({ service: 'test', level: 'silent' });

/** Where a server was, and may be again. */
async function portWithoutServer(): Promise<number> {
  const server = await ownNats();
  await server.stop();
  return server.port;
}

test('is heard once it is there, by those who still listen', async () => {
  const port = await portWithoutServer();
  const nats = natsBroker({ url: `nats://127.0.0.1:${port}`, name: 'test', logger: silent });
  await nats.start();
  const log = new GrowingLog(freshLog());
  const first = log.grow(1);
  const type = first[0]?.type;
  assert.ok(type !== undefined);
  const heard: number[] = [];
  const stop = nats.hearsay.listen(type, (event) => heard.push(event.position));
  const stopAtOnce = nats.hearsay.listen(type, () => assert.fail('this one had stopped before the broker came'));
  stopAtOnce();

  const server = await ownNats({ port });
  const connection = await connectNats({ url: server.url, name: 'relay', logger: silent });
  const copy = await openJetStreamLogCopy({ connection, log: log.log });
  await copy.create(log.incarnation);
  await copy.publish(first, log.incarnation);
  await eventually(
    async () => {
      await copy.publish(log.grow(1), log.incarnation);
      return heard.length;
    },
    (count) => count > 0,
  );
  stop();
  await nats.stop();
  await connection.close();
  await server.stop();
});

test('is not said to be away before it was tried', async () => {
  const nats = natsBroker({ url: 'nats://127.0.0.1:1', name: 'test', logger: silent });
  assert.deepEqual(await nats.checks[0].check(), { ok: false, reason: 'the connection is starting' });
});

test('is waited for: what was asked of it meanwhile holds once it is there', async () => {
  const port = await portWithoutServer();
  const nats = natsBroker({ url: `nats://127.0.0.1:${port}`, name: 'test', logger: silent });
  await nats.start();
  const log = new GrowingLog(freshLog());
  const deliveries: Delivery[] = [];
  const spec = { name: 'reader', log: log.log, type: 'all', ackWaitMs: 5_000, unsettledMax: 10 } as const;
  const consumer = await nats.consumers.consume(
    spec,
    async () => nowhere,
    (delivery) => deliveries.push(delivery),
  );
  const readiness = await eventually(
    () => nats.checks[0].check(),
    (answer) => !answer.ok && answer.reason.startsWith(`waiting for the broker at nats://127.0.0.1:${port}`),
  );
  assert.ok(!readiness.ok);
  assert.match(readiness.nextStep ?? '', /start nats-server/);
  await assert.rejects(consumer.lag(), { code: 'broker_unavailable' });
  await assert.rejects(nats.lagOf(log.log).copyLast(), { code: 'broker_unavailable' });
  consumer.pause();

  const server = await ownNats({ port });
  const connection = await connectNats({ url: server.url, name: 'relay', logger: silent });
  const copy = await openJetStreamLogCopy({ connection, log: log.log });
  await copy.create(log.incarnation);
  await copy.publish(log.grow(3), log.incarnation);
  await eventually(
    () => nats.checks[0].check(),
    ({ ok }) => ok,
  );
  await eventually(
    () => consumer.lag().catch(() => undefined),
    (lag) => lag?.unsettled === 3,
  );
  assert.equal(await nats.lagOf(log.log).copyLast(), 3);
  assert.equal(deliveries.length, 0, 'paused before it was there, it is paused still');
  consumer.resume();
  await eventually(
    async () => deliveries.length,
    (count) => count === 3,
  );
  await consumer.stop();
  copy.close();
  await connection.close();
  await nats.stop();
});

test('is not needed for stopping', async () => {
  const nats = natsBroker({ url: `nats://127.0.0.1:${await portWithoutServer()}`, name: 'test', logger: silent });
  await nats.start();
  const consumer = await nats.consumers.consume(
    { name: 'reader', log: freshLog(), type: 'all', ackWaitMs: 5_000, unsettledMax: 10 },
    async () => nowhere,
    () => {},
  );
  await consumer.stop();
  await nats.stop();
});
