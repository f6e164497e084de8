/** The end-to-end read of a copy, on a real server. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { type Incarnation, type LogName, logName, nowhere, type Position, position } from '@eventstream/contracts';
import { createLogger } from '@eventstream/platform';
import { newIncarnation, recordedEvents } from '@eventstream/testing/contracts';
import { ownNats, testNats } from '@eventstream/testing/harness';
import type { JetStreamManager } from '@nats-io/jetstream';
import type { CopiedMessage, CopyScan } from '../port.ts';
import { connectNats } from './connect-nats.ts';
import { openCopyScan } from './copy-scan.ts';
import { createDeletable } from './deletable-copy.fixture.ts';
import { EncodedHeaders, envelopeHeaders } from './envelope-headers.ts';
import { openJetStreamLogCopy } from './log-copy.ts';

const silent = createLogger({ service: 'test', level: 'silent' });
const count = 700;

interface World extends CopyScan {
  readonly log: LogName;
  readonly life: Incarnation;
  readonly manager: JetStreamManager;
  read(first: number, last: number): Promise<readonly CopiedMessage[]>;
}

/** A copy of so many events in which holes may be made. */
async function world(url: string, work: (world: World) => Promise<void>): Promise<void> {
  const connection = await connectNats({ url, name: 'test', logger: silent });
  try {
    const log = logName(`S${randomUUID().slice(0, 8).toUpperCase()}`);
    const life = newIncarnation();
    const copy = await openJetStreamLogCopy({ connection, log, settings: { maxBytes: 10_000_000 } });
    const { manager } = await createDeletable({ connection, copy, log, life });
    assert.equal((await copy.publish(recordedEvents(log, { count }), life)).kind, 'published');
    const { scan } = await openCopyScan({ connection, log });
    await work({
      log,
      life,
      manager,
      scan,
      async read(first, last) {
        const found: CopiedMessage[] = [];
        for await (const batch of scan(position(first), position(last))) found.push(...batch);
        return found;
      },
    });
  } finally {
    await connection.close();
  }
}

const positionsOf = (messages: readonly CopiedMessage[]): Position[] => messages.map((message) => message.position);
const upTo = (last: number): Position[] => Array.from({ length: last }, (_, index) => position(index + 1));

describe('a scan of a copy', () => {
  test('brings every message once, in order, over several batches, and stops where it was asked to', async () =>
    world((await testNats()).url, async ({ log, read }) => {
      const all = await read(1, count);
      assert.deepEqual(positionsOf(all), upTo(count));
      assert(all.every((message) => message.kind === 'event' && message.event.position === message.position));
      assert(all.every((message) => message.kind === 'event' && message.event.log === log));
      assert.deepEqual(positionsOf(await read(600, 612)), upTo(612).slice(599));
      assert.deepEqual(positionsOf(await read(5, nowhere)), []);
      assert.deepEqual(positionsOf(await read(count + 1, count + 5)), []);
    }));

  test('leaves holes out, and names what the relay did not publish', async () =>
    world((await testNats()).url, async ({ log, manager, read }) => {
      for (const at of [3, 4, 400]) await manager.streams.deleteMessage(log, at);
      await manager.jetstream().publish(`${log}.created`, 'not ours');
      const found = await read(1, count + 1);
      assert.deepEqual(
        positionsOf(found),
        upTo(count + 1).filter((at) => at !== 3 && at !== 4 && at !== 400),
      );
      const last = found.at(-1);
      assert(last?.kind === 'unreadable', 'nothing of ours');
      assert.match(last.reason, /does not carry an event/);
    }));

  test('says what each message was published on, whatever its headers say', async () =>
    world((await testNats()).url, async ({ log, life, manager, read }) => {
      const [first] = await read(1, 1);
      assert(first?.kind === 'event');
      assert.equal(first.subject, first.event.type);
      const event = { ...first.event, position: position(count + 1) };
      const headers = new EncodedHeaders(envelopeHeaders({ event, incarnation: life, stub: false }));
      await manager.jetstream().publish(`${log}.elsewhere`, event.data, { headers });
      const [meddled] = await read(count + 1, count + 1);
      assert(meddled?.kind === 'event');
      assert.deepEqual([meddled.event.type, meddled.subject], [event.type, `${log}.elsewhere`]);
    }));

  test('goes on behind the last message when the server crashed meanwhile', async () => {
    const server = await ownNats({ restart: { firstMs: 20, maxMs: 100, stableMs: 1_000 } });
    await world(server.url, async ({ scan }) => {
      const found: CopiedMessage[] = [];
      for await (const batch of scan(position(1), position(count))) {
        if (found.length === 0) await server.kill();
        found.push(...batch);
      }
      assert.deepEqual(positionsOf(found), upTo(count));
    });
  });
});
