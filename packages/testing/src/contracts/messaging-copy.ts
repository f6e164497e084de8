/** The relay's side of the messaging contract: a log's copy. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nowhere, position } from '@eventstream/contracts';
import { newIncarnation, newLife, recordedEvent, recordedEvents, type WithFixture } from './messaging-fixture.ts';

/** Tests of `LogCopy`. */
export function copyContract(withFixture: WithFixture): void {
  describe('a copy', () => {
    test(
      'is missing until it is made, and making it again changes nothing',
      withFixture(async ({ copy }) => {
        assert.deepEqual(await copy.inspect(), { kind: 'missing' });
        const life = await newLife(copy);
        await copy.create(life);
        const state = await copy.inspect();
        assert.ok(state.kind === 'ours');
        assert.deepEqual([state.incarnation, state.first, state.last, state.lastId], [life, 1, 0, undefined]);
        assert.ok(state.messageBytesMax > 0);
      }),
    );

    test(
      'of one life of the log is not made over by another',
      withFixture(async ({ copy }) => {
        const life = await newLife(copy);
        await assert.rejects(copy.create(newIncarnation()), { code: 'stream_other_incarnation' });
        const state = await copy.inspect();
        assert.ok(state.kind === 'ours' && state.incarnation === life);
      }),
    );

    test(
      'takes windows that do not wait for each other, each event at its position',
      withFixture(async ({ log, copy }) => {
        const life = await newLife(copy);
        const events = recordedEvents(log, { count: 300 });
        const windows = [events.slice(0, 100), events.slice(100, 150), events.slice(150)];
        const outcomes = await Promise.all(windows.map((window) => copy.publish(window, life)));
        assert.deepEqual(
          outcomes,
          [100, 150, 300].map((last) => ({ kind: 'published', last })),
        );
        const state = await copy.inspect();
        assert.ok(state.kind === 'ours');
        assert.deepEqual([state.first, state.last, state.lastId], [1, 300, events[299]?.id]);
      }),
    );

    test(
      'gives back the event that was published, and nothing where nothing is',
      withFixture(async ({ log, copy }) => {
        const life = await newLife(copy);
        const plain = recordedEvent(log, 1);
        const event = {
          ...plain,
          metadata: { actor: 'operator:J%C3%B6rg 100% "x"', traceparent: '00-1-2-01', 'x.y_Z': '' },
        };
        await copy.publish([event], life);
        const found = await copy.read(position(1));
        assert.ok(found !== undefined);
        assert.deepEqual(
          { ...found, event: { ...found.event, data: [...found.event.data] } },
          {
            event: { ...event, data: [...event.data] },
            incarnation: life,
            stub: false,
          },
        );
        assert.equal(await copy.read(position(2)), undefined);
        assert.equal(await copy.read(nowhere), undefined);
      }),
    );

    test(
      'refuses what does not follow its last event, and everything behind it',
      withFixture(async ({ log, copy }) => {
        const life = await newLife(copy);
        await copy.publish(recordedEvents(log, { count: 3 }), life);
        for (const from of [2, 5]) {
          const outcome = await copy.publish(recordedEvents(log, { from, count: 2 }), life);
          assert.equal(outcome.kind, 'doubt');
        }
        const state = await copy.inspect();
        assert.ok(state.kind === 'ours' && state.last === 3);
      }),
    );

    test(
      'is the same after a window was published twice',
      withFixture(async ({ log, copy }) => {
        const life = await newLife(copy);
        const events = recordedEvents(log, { count: 10 });
        await copy.publish(events, life);
        const again = await copy.publish(events.slice(4), life);
        // Servers differ in what they check first: the id they know, or the sequence that does not fit.
        assert.ok(again.kind === 'doubt' || (again.kind === 'published' && again.last === 10));
        const state = await copy.inspect();
        assert.ok(state.kind === 'ours' && state.last === 10 && state.lastId === events[9]?.id);
      }),
    );

    test(
      'that is missing leaves a window in doubt',
      withFixture(async ({ log, copy }) => {
        const outcome = await copy.publish(recordedEvents(log, { count: 2 }), newIncarnation());
        assert.ok(outcome.kind === 'doubt' && outcome.last === undefined);
      }),
    );

    test(
      'names the event that is too large, after everything before it, and takes its stub instead',
      withFixture(async ({ log, copy }) => {
        const life = await newLife(copy);
        const state = await copy.inspect();
        assert.ok(state.kind === 'ours');
        const large = recordedEvent(log, 3, { dataBytes: state.messageBytesMax + 1 });
        const outcome = await copy.publish([...recordedEvents(log, { count: 2 }), large, recordedEvent(log, 4)], life);
        assert.ok(outcome.kind === 'unpublishable' && outcome.position === 3, JSON.stringify(outcome));
        assert.deepEqual(await copy.publishStub(large, life), { kind: 'published', last: 3 });
        const stub = await copy.read(position(3));
        assert.ok(stub?.stub);
        assert.deepEqual([stub.event.id, stub.event.stream, stub.event.data.length], [large.id, large.stream, 0]);
        assert.deepEqual(await copy.publish([recordedEvent(log, 4)], life), { kind: 'published', last: 4 });
      }),
    );

    test(
      'that is full forgets its oldest events and goes on',
      withFixture(
        async ({ log, copy }) => {
          const life = await newLife(copy);
          const outcome = await copy.publish(recordedEvents(log, { count: 400, dataBytes: 2_000 }), life);
          assert.deepEqual(outcome, { kind: 'published', last: 400 });
          const state = await copy.inspect();
          assert.ok(state.kind === 'ours' && state.first > 1 && state.last === 400);
          assert.equal(await copy.read(position(1)), undefined);
          assert.equal((await copy.read(state.first))?.event.position, state.first);
        },
        { bytesMax: 300_000 },
      ),
    );

    test(
      'can be destroyed, also twice, and made for another life',
      withFixture(async ({ log, copy }) => {
        await newLife(copy);
        await copy.destroy();
        await copy.destroy();
        assert.deepEqual(await copy.inspect(), { kind: 'missing' });
        const life = await newLife(copy);
        assert.deepEqual(await copy.publish(recordedEvents(log, { count: 1 }), life), { kind: 'published', last: 1 });
      }),
    );
  });
}
