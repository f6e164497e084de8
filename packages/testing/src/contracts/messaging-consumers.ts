/** The consumers' side of the messaging contract. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Position, position } from '@eventstream/contracts';
import type { Delivery, LeftInHand } from '@eventstream/messaging';
import { eventually } from '../eventually.ts';
import { Inbox, newLife, recordedEvents, typeOf, type WithFixture } from './messaging-fixture.ts';

/** Tests of `ConsumerSource` and `Consumer`. */
export function consumerContract(withFixture: WithFixture): void {
  describe('a consumer', () => {
    test(
      'of all types is handed every event in order, as it was published',
      withFixture(async ({ log, copy, source }) => {
        const life = await newLife(copy);
        const events = recordedEvents(log, { count: 250 });
        await copy.publish(events.slice(0, 100), life);
        const inbox = await Inbox.open(source, { name: 'all', log });
        await copy.publish(events.slice(100), life);
        await inbox.count(250);
        assert.deepEqual(inbox.positions, numbers(1, 250));
        const [first] = inbox.deliveries;
        assert.ok(first !== undefined);
        assert.deepEqual({ ...first.event, data: [...first.event.data] }, { ...events[0], data: [...events[0].data] });
        assert.deepEqual([first.incarnation, first.stub, first.deliveryCount], [life, false, 1]);
        await inbox.consumer.stop();
      }),
    );

    test(
      'of one type is handed that type only',
      withFixture(async ({ log, copy, source }) => {
        const life = await newLife(copy);
        await copy.publish(recordedEvents(log, { count: 6 }), life);
        const inbox = await Inbox.open(source, { name: 'second', log, type: typeOf(log, 'second') });
        await inbox.count(3);
        assert.deepEqual(inbox.positions, [2, 4, 6]);
        await inbox.consumer.stop();
      }),
    );

    test(
      'that is new begins after the position it was given, once the copy has got there',
      withFixture(async ({ log, copy, source }) => {
        const inbox = await Inbox.open(source, { name: 'late', log, startAfter: position(5) });
        const life = await newLife(copy);
        const events = recordedEvents(log, { count: 8 });
        await copy.publish(events.slice(0, 3), life);
        await copy.publish(events.slice(3), life);
        await inbox.count(3);
        assert.deepEqual(inbox.positions, [6, 7, 8]);
        await inbox.consumer.stop();
      }),
    );

    test(
      'goes on where it was when it is opened again',
      withFixture(async ({ log, copy, source }) => {
        const life = await newLife(copy);
        await copy.publish(recordedEvents(log, { count: 3 }), life);
        const before = await Inbox.open(source, { name: 'durable', log });
        await before.count(3);
        await eventually(
          () => before.consumer.lag(),
          ({ unsettled }) => unsettled === 0,
        );
        await before.consumer.stop();
        await copy.publish(recordedEvents(log, { from: 4, count: 2 }), life);
        const after = await Inbox.open(source, { name: 'durable', log });
        await after.count(2);
        assert.deepEqual(after.positions, [4, 5]);
        await after.consumer.stop();
      }),
    );

    test(
      'is handed an event again when it asks for it, and when it does not settle it in time',
      withFixture(async ({ log, copy, source }) => {
        const life = await newLife(copy);
        await copy.publish(recordedEvents(log, { count: 3 }), life);
        const inbox = await Inbox.open(source, { name: 'again', log, ackWaitMs: 400 }, (delivery) => {
          if (delivery.deliveryCount > 1 || delivery.event.position === 1) delivery.ack();
          else if (delivery.event.position === 2) delivery.retry(30);
        });
        await inbox.count(5);
        assert.deepEqual(inbox.positions.slice(0, 3), [1, 2, 3]);
        assert.deepEqual(
          inbox.deliveries.slice(3).map((one) => [one.event.position, one.deliveryCount]),
          [
            [2, 2],
            [3, 2],
          ],
        );
        await eventually(
          () => inbox.consumer.lag(),
          ({ unsettled }) => unsettled === 0,
        );
        await inbox.consumer.stop();
      }),
    );

    test(
      'that still works on an event keeps it',
      withFixture(async ({ log, copy, source }) => {
        const life = await newLife(copy);
        await copy.publish(recordedEvents(log, { count: 1 }), life);
        let extensionsLeft = 10;
        const inbox = await Inbox.open(source, { name: 'slow', log, ackWaitMs: 600 }, (delivery) => {
          if (delivery.deliveryCount > 1) return delivery.ack();
          const working = setInterval(() => {
            delivery.extend();
            if (--extensionsLeft === 0) clearInterval(working);
          }, 100);
        });
        await inbox.count(2);
        assert.equal(extensionsLeft, 0, 'handed over again while it was extended');
        await inbox.consumer.stop();
      }),
    );

    test(
      'has no more in hand than its limit, and says how far it is',
      withFixture(async ({ log, copy, source }) => {
        const life = await newLife(copy);
        await copy.publish(recordedEvents(log, { count: 10 }), life);
        const inbox = await Inbox.open(source, { name: 'bounded', log, unsettledMax: 4 }, () => {});
        await inbox.count(4);
        const lag = await eventually(
          () => inbox.consumer.lag(),
          ({ unsettled }) => unsettled === 4,
        );
        assert.deepEqual(lag, { pending: 6, unsettled: 4, redelivered: 0, deliveredTo: 4 });
        for (const delivery of inbox.deliveries.slice(0, 4)) delivery.ack();
        await inbox.count(8);
        assert.deepEqual(inbox.positions, numbers(1, 8));
        await inbox.consumer.stop();
      }),
    );

    test(
      'that acks for all before settles them with one ack',
      withFixture(async ({ log, copy, source }) => {
        const life = await newLife(copy);
        await copy.publish(recordedEvents(log, { count: 20 }), life);
        const inbox = await Inbox.open(source, { name: 'follower', log, ackCovers: 'allBefore' }, () => {});
        await inbox.count(20);
        inbox.deliveries[14]?.ack();
        const lag = await eventually(
          () => inbox.consumer.lag(),
          ({ unsettled }) => unsettled <= 5,
        );
        assert.equal(lag.unsettled, 5);
        await inbox.consumer.stop();
      }),
    );

    test(
      'that is paused is handed nothing, loses nothing, and keeps the order',
      withFixture(async ({ log, copy, source }) => {
        const life = await newLife(copy);
        await copy.publish(recordedEvents(log, { count: 3 }), life);
        const inbox = await Inbox.open(source, { name: 'paused', log, ackWaitMs: 500 });
        await inbox.count(3);
        inbox.consumer.pause();
        await copy.publish(recordedEvents(log, { from: 4, count: 3 }), life);
        // What is held back must not be handed over twice. Who settles nothing is, and so shows that the ack wait is over.
        const careless = await Inbox.open(source, { name: 'careless', log, ackWaitMs: 500 }, () => {});
        await careless.until((deliveries) => deliveries.some(({ deliveryCount }) => deliveryCount > 2));
        await careless.consumer.stop();
        assert.equal(inbox.deliveries.length, 3);
        inbox.consumer.resume();
        await inbox.count(6);
        assert.deepEqual(inbox.positions, [1, 2, 3, 4, 5, 6]);
        await inbox.consumer.stop();
      }),
    );

    test(
      'shares its events with another of the same name, each handed to one of them',
      withFixture(async ({ log, copy, source }) => {
        const life = await newLife(copy);
        const one = await Inbox.open(source, { name: 'shared', log, unsettledMax: 10 });
        const two = await Inbox.open(source, { name: 'shared', log, unsettledMax: 10 });
        await copy.publish(recordedEvents(log, { count: 200 }), life);
        const both = () => [...one.positions, ...two.positions].toSorted((a, b) => a - b);
        await eventually(
          async () => both().length,
          (count) => count >= 200,
        );
        assert.deepEqual(both(), numbers(1, 200));
        await Promise.all([one.consumer.stop(), two.consumer.stop()]);
      }),
    );

    test(
      'that was stopped is handed nothing more, and may be stopped twice',
      withFixture(async ({ log, copy, source }) => {
        const life = await newLife(copy);
        const inbox = await Inbox.open(source, { name: 'stopped', log });
        await copy.publish(recordedEvents(log, { count: 1 }), life);
        await inbox.count(1);
        await inbox.consumer.stop();
        await inbox.consumer.stop();
        await copy.publish(recordedEvents(log, { from: 2, count: 5 }), life);
        const other = await Inbox.open(source, { name: 'stopped', log });
        await other.count(5);
        assert.deepEqual([inbox.positions, other.positions], [[1], [2, 3, 4, 5, 6]]);
        await other.consumer.stop();
      }),
    );

    test(
      'learns from the next to open it what was left in hand, and nothing when nothing was',
      withFixture(async ({ log, copy, source }) => {
        const life = await newLife(copy);
        await copy.publish(recordedEvents(log, { count: 5 }), life);
        const left: LeftInHand[] = [];
        const open = async (settle: (delivery: Delivery) => void): Promise<Inbox> =>
          Inbox.open(source, { name: 'left', log }, settle, (found) => left.push(found));
        const first = await open((delivery) => {
          if (delivery.event.position !== 3 && delivery.event.position !== 5) delivery.ack();
        });
        await first.count(5);
        await eventually(
          () => first.consumer.lag(),
          ({ unsettled }) => unsettled === 2,
        );
        assert.deepEqual(left, []);
        await first.consumer.stop();
        await copy.publish(recordedEvents(log, { from: 6, count: 1 }), life);
        const second = await open((delivery) => delivery.ack());
        await second.until((deliveries) => deliveries.some(({ event }) => event.position === 6));
        assert.deepEqual(left, [{ settledTo: 2, deliveredTo: 5 }]);
        for (const delivery of first.deliveries) delivery.ack();
        await eventually(
          () => second.consumer.lag(),
          ({ unsettled }) => unsettled === 0,
        );
        await second.consumer.stop();
        await copy.publish(recordedEvents(log, { from: 7, count: 1 }), life);
        const third = await open((delivery) => delivery.ack());
        await third.until((deliveries) => deliveries.some(({ event }) => event.position === 7));
        assert.equal(left.length, 1);
        await third.consumer.stop();
      }),
    );

    test(
      'is handed what the one before it had in hand, when the ack wait is over',
      withFixture(async ({ log, copy, source }) => {
        const life = await newLife(copy);
        await copy.publish(recordedEvents(log, { count: 2 }), life);
        const before = await Inbox.open(source, { name: 'heir', log, ackWaitMs: 400 }, () => {});
        await before.count(2);
        await before.consumer.stop();
        const after = await Inbox.open(source, { name: 'heir', log, ackWaitMs: 400 });
        await after.count(2);
        assert.deepEqual(
          after.deliveries.map(({ event, deliveryCount }) => [event.position, deliveryCount]),
          [
            [1, 2],
            [2, 2],
          ],
        );
        await after.consumer.stop();
      }),
    );

    test(
      'is made again, from where its owner says, when the copy was lost and rebuilt',
      withFixture(async ({ log, copy, source }) => {
        const life = await newLife(copy);
        const events = recordedEvents(log, { count: 8 });
        await copy.publish(events.slice(0, 5), life);
        let mark: Position = position(0);
        const positions: Position[] = [];
        const consumer = await source.consume(
          { name: 'rebuilt', log, type: 'all', ackWaitMs: 30_000, unsettledMax: 100 },
          async () => mark,
          (delivery) => {
            positions.push(delivery.event.position);
            mark = delivery.event.position;
            delivery.ack();
          },
        );
        await eventually(
          async () => positions.length,
          (count) => count === 5,
        );
        await copy.destroy();
        await copy.create(life);
        await copy.publish(events, life);
        await eventually(
          async () => positions.length,
          (count) => count === 8,
        );
        assert.deepEqual(positions, numbers(1, 8));
        await consumer.stop();
      }),
    );

    test(
      'that lags behind a full copy goes on at the first event it still has',
      withFixture(
        async ({ log, copy, source }) => {
          const life = await newLife(copy);
          await copy.publish(recordedEvents(log, { count: 2, dataBytes: 2_000 }), life);
          let holdBack = true;
          const inbox = await Inbox.open(source, { name: 'lagging', log, unsettledMax: 2 }, (delivery) => {
            if (!holdBack) delivery.ack();
          });
          await inbox.count(2);
          await copy.publish(recordedEvents(log, { from: 3, count: 400, dataBytes: 2_000 }), life);
          const state = await copy.inspect();
          assert.ok(state.kind === 'ours' && state.first > 10);
          holdBack = false;
          for (const delivery of inbox.deliveries) delivery.ack();
          await inbox.until((deliveries) => deliveries.at(-1)?.event.position === 402);
          // What was on its way while the copy forgot may still arrive; from the first retained event on, all does.
          const { first } = state;
          assert.deepEqual(
            inbox.positions.filter((one) => one >= first),
            numbers(first, 402),
          );
          assert.ok(inbox.positions.length < 402, 'nothing was skipped');
          await inbox.consumer.stop();
        },
        { bytesMax: 300_000 },
      ),
    );
  });
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
