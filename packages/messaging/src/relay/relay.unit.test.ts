import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { position } from '@eventstream/contracts';
import { systemClock } from '@eventstream/platform';
import { systemScheduler, waitFor } from '@eventstream/platform/scheduler';
import { newIncarnation, recordedEvents } from '@eventstream/testing/contracts';
import { eventually } from '@eventstream/testing/eventually';
import * as fc from 'fast-check';
import { MemoryBroker, type MemoryBrokerOptions, MemoryRelayLease } from '../memory/index.ts';
import type { LogCopy, LogCopyAdmin } from '../port.ts';
import type { Relay } from './relay.ts';
import { copyOfAll, counted, freshLog, GrowingLog, startRelay } from './relay-world.fixture.ts';

interface World {
  readonly broker: MemoryBroker;
  readonly log: GrowingLog;
  readonly copy: LogCopyAdmin;
  readonly lease: MemoryRelayLease;
  readonly start: () => Promise<Relay>;
}

const inWorld =
  (work: (world: World) => Promise<void>, options: Partial<MemoryBrokerOptions> = {}) =>
  async () => {
    const broker = new MemoryBroker({ scheduler: systemScheduler, ...options });
    const log = new GrowingLog(freshLog());
    const copy = broker.copyOf(log.log);
    const lease = new MemoryRelayLease(systemClock);
    const relays: Relay[] = [];
    const start = async () => {
      const relay = await startRelay(log, copy, { lease });
      relays.push(relay);
      return relay;
    };
    try {
      await work({ broker, log, copy, lease, start });
    } finally {
      for (const relay of relays) await relay.stop();
    }
  };

const haltOf = (relay: Relay) =>
  eventually(
    async () => relay.state,
    ({ kind }) => kind === 'halted',
  ).then((state) => {
    assert.ok(state.kind === 'halted');
    return state;
  });

describe('a relay', () => {
  test(
    'publishes what is stored, what it is told of, and what it was not told of',
    inWorld(async ({ log, copy, start }) => {
      log.grow(700);
      const relay = await start();
      await copyOfAll(log, copy);
      relay.offer(log.grow(5), log.incarnation);
      await copyOfAll(log, copy);
      log.grow(3); // committed by another instance
      relay.offer(log.grow(4), log.incarnation);
      await copyOfAll(log, copy);
      await eventually(
        async () => relay.published,
        (published) => published === 712,
      );
      assert.deepEqual(await relay.checks[0].check(), { ok: true });
    }),
  );

  test(
    'looks at the broker’s stream now and then although it is never without work',
    inWorld(async ({ log, copy, lease }) => {
      let looks = 0;
      const slow: LogCopy = {
        inspect: () => {
          looks += 1;
          return copy.inspect();
        },
        create: (life) => copy.create(life),
        publish: async (events, life) => {
          await waitFor(systemScheduler, 1);
          return copy.publish(events, life);
        },
        publishStub: (event, life) => copy.publishStub(event, life),
        read: (at) => copy.read(at),
      };
      log.grow(20_000);
      const relay = await startRelay(log, slow, { lease, settings: { windowEventsMax: 1, inFlightEventsMax: 2 } });
      try {
        await eventually(
          async () => relay.published,
          (published) => published > 0,
        );
        const before = looks;
        await eventually(
          async () => looks,
          (now) => now >= before + 2,
        );
        assert.ok(relay.published < log.events.length, 'it has had work all the time');
      } finally {
        await relay.stop();
      }
    }),
  );

  test(
    'is not ready while the broker, which answers, takes nothing',
    inWorld(async ({ log, copy, lease }) => {
      let isFull = true;
      const full: LogCopy = {
        inspect: () => copy.inspect(),
        create: (life) => copy.create(life),
        publish: async (events, life) => {
          if (!isFull) return copy.publish(events, life);
          return { kind: 'doubt', last: undefined, reason: 'maximum messages exceeded' };
        },
        publishStub: (event, life) => copy.publishStub(event, life),
        read: (at) => copy.read(at),
      };
      log.grow(3);
      const relay = await startRelay(log, full, { lease });
      try {
        const ready = await eventually(
          () => relay.checks[0].check(),
          ({ ok }) => !ok,
        );
        assert.match(ready.ok ? '' : ready.reason, /not published: maximum messages exceeded/);
        isFull = false;
        await eventually(
          () => relay.checks[0].check(),
          ({ ok }) => ok,
        );
      } finally {
        await relay.stop();
      }
    }),
  );

  test(
    'reads from the store what did not fit into its feed',
    inWorld(async ({ log, copy, lease }) => {
      const settings = { feedEventsMax: 10, headPollMs: 60_000 };
      const relay = await startRelay(log, copy, { lease, settings });
      await eventually(
        async () => relay.state.kind,
        (kind) => kind === 'following',
      );
      relay.offer(log.grow(100), log.incarnation);
      relay.offer(log.grow(100), log.incarnation);
      await eventually(
        async () => relay.published,
        (published) => published >= 10,
      );
      await relay.stop();
      const next = await startRelay(log, copy, { lease });
      await copyOfAll(log, copy);
      await next.stop();
    }),
  );

  test(
    'publishes each event once when publishes or their answers get lost',
    inWorld(async ({ broker, log, copy, start }) => {
      broker.faults.arm('loseAnswer', 3);
      broker.faults.arm('losePublish', 3);
      log.grow(50);
      await start();
      await copyOfAll(log, copy);
      assert.ok((await counted('relay_resyncs_total', log.log)) > 1);
    }),
  );

  test(
    'publishes again, at the same positions, what the broker has lost, and counts it',
    inWorld(async ({ broker, log, copy, start }) => {
      const relay = await start();
      log.grow(100);
      await copyOfAll(log, copy);
      await eventually(
        async () => relay.published,
        (published) => published === 100,
      );
      broker.loseTail(log.log, 30);
      await copyOfAll(log, copy);
      assert.equal(await counted('relay_broker_lost_total', log.log), 30);
    }),
  );

  test(
    'notices after a restart, by its mark, that the broker has lost events',
    inWorld(async ({ broker, log, copy, start }) => {
      log.grow(20);
      const first = await start();
      await eventually(
        async () => first.published,
        (published) => published === 20,
      );
      await first.stop();
      broker.loseTail(log.log, 5);
      await start();
      await copyOfAll(log, copy);
      assert.equal(await counted('relay_broker_lost_total', log.log), 5);
    }),
  );

  test(
    'makes a lost copy anew and publishes the log from its first event',
    inWorld(async ({ broker, log, copy, start }) => {
      await start();
      log.grow(40);
      await copyOfAll(log, copy);
      broker.loseStream(log.log);
      await copyOfAll(log, copy);
    }),
  );

  test(
    'waits while the broker or the store does not answer, and says why it is not ready',
    inWorld(async ({ broker, log, copy, start }) => {
      broker.stop();
      log.grow(10);
      const relay = await start();
      const reason = await eventually(
        async () => relay.state,
        (state) => state.kind === 'resyncing' && /answer/.test(state.reason),
      );
      assert.ok(reason.kind === 'resyncing');
      log.available = false;
      broker.start();
      await eventually(
        async () => relay.state,
        (state) => state.kind === 'resyncing' && /switched off/.test(state.reason),
      );
      log.available = true;
      await copyOfAll(log, copy);
    }),
  );

  test(
    'sends a stub in place of an event that the broker never takes, and goes on',
    inWorld(
      async ({ log, copy, start }) => {
        log.grow(5);
        log.grow(1, 20_000);
        log.grow(5);
        await start();
        await copyOfAll(log, copy);
        assert.equal((await copy.read(position(6)))?.stub, true);
        assert.equal(await counted('relay_stubs_total', log.log), 1);
      },
      { messageBytesMax: 10_000 },
    ),
  );

  test(
    'goes on when the copy forgets old events',
    inWorld(
      async ({ log, copy, start }) => {
        await start();
        log.grow(500);
        const { first } = await copyOfAll(log, copy);
        assert.ok(first > 1);
      },
      { bytesMax: 50_000 },
    ),
  );
});

describe('a relay halts, touches nothing, and goes on by itself after the command,', () => {
  test(
    'when its place is taken by a stranger',
    inWorld(async ({ broker, log, copy, start }) => {
      broker.occupy(log.log, 'stream X');
      log.grow(3);
      const relay = await start();
      const halt = await haltOf(relay);
      assert.equal(halt.code, 'relay_foreign_stream');
      const ready = await relay.checks[0].check();
      assert.ok(!ready.ok && ready.reason.includes('stream X'));
      broker.vacate(log.log);
      await copyOfAll(log, copy);
    }),
  );

  test(
    'when the broker is ahead of the store',
    inWorld(async ({ log, copy, start }) => {
      const relay = await start();
      const events = log.grow(30);
      await copyOfAll(log, copy);
      log.cutTo(20);
      const halt = await haltOf(relay);
      assert.equal(halt.code, 'relay_broker_ahead');
      assert.match(halt.nextStep, /eventstream log import/);
      log.events.push(...events.slice(20)); // what the import does
      log.grow(2);
      await copyOfAll(log, copy);
    }),
  );

  test(
    'when the broker has another event at the same position',
    inWorld(async ({ log, copy, start }) => {
      await copy.create(log.incarnation);
      await copy.publish(recordedEvents(log.log, { count: 4 }), log.incarnation);
      log.grow(10);
      const halt = await haltOf(await start());
      assert.equal(halt.code, 'relay_other_event');
    }),
  );

  test(
    'when the store or the broker belongs to another life of the log',
    inWorld(async ({ log, copy, start }) => {
      const relay = await start();
      log.grow(10);
      await copyOfAll(log, copy);
      log.incarnation = newIncarnation();
      const halt = await haltOf(relay);
      assert.equal(halt.code, 'relay_other_incarnation');
      assert.match(halt.nextStep, /new-incarnation/);
      await copy.destroy(); // what the command does
      await copyOfAll(log, copy);
    }),
  );
});

describe('of two relays', () => {
  test(
    'one leads, and the other takes over when it stops',
    inWorld(async ({ log, copy, start }) => {
      const one = await start();
      await eventually(
        async () => one.state.kind,
        (kind) => kind === 'following',
      );
      const two = await start();
      log.grow(10);
      await copyOfAll(log, copy);
      assert.equal(two.state.kind, 'standby');
      await one.stop();
      await eventually(
        async () => two.state.kind,
        (kind) => kind === 'following',
      );
      log.grow(10);
      await copyOfAll(log, copy);
    }),
  );

  test(
    'that both believe they lead, each event is published once',
    inWorld(async ({ log, copy, start }) => {
      const zombie = await startRelay(log, copy, { lease: new MemoryRelayLease(systemClock) });
      await start();
      for (let round = 0; round < 20; round += 1) {
        zombie.offer(log.grow(7), log.incarnation);
        await new Promise(setImmediate);
      }
      await copyOfAll(log, copy);
      await zombie.stop();
    }),
  );
});

test('whatever the broker does wrong, once it stops the copy is the log', async () => {
  const step = fc.constantFrom(
    'grow',
    'offer',
    'loseAnswer',
    'losePublish',
    'loseTail',
    'loseStream',
    'stop',
    'start',
    'pause',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      await inWorld(async ({ broker, log, copy, start }) => {
        const relay = await start();
        for (const one of steps) {
          if (one === 'grow') log.grow(3);
          else if (one === 'offer') relay.offer(log.grow(3), log.incarnation);
          else if (one === 'loseTail') broker.loseTail(log.log, 2);
          else if (one === 'loseStream') broker.loseStream(log.log);
          else if (one === 'stop') broker.stop();
          else if (one === 'start') broker.start();
          else if (one === 'pause') await waitFor(systemScheduler, 3);
          else broker.faults.arm(one, 2);
        }
        broker.start();
        log.grow(1);
        await copyOfAll(log, copy);
      })();
    }),
    { numRuns: 25 },
  );
});
