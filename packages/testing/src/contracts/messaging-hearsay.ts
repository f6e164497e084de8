/** The listeners' side of the messaging contract. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RecordedEvent } from '@eventstream/contracts';
import { eventually } from '../eventually.ts';
import { Inbox, newLife, recordedEvents, typeOf, type WithFixture } from './messaging-fixture.ts';

/** Tests of `Hearsay`. */
export function hearsayContract(withFixture: WithFixture): void {
  describe('whoever listens', () => {
    test(
      'hears of events of the type while they are published, as they are stored, until it has heard enough',
      withFixture(async ({ log, copy, source, hearsay }) => {
        const life = await newLife(copy);
        const events = recordedEvents(log, { count: 9 });
        await copy.publish(events.slice(0, 3), life);
        const heard: RecordedEvent[] = [];
        const stop = hearsay.listen(typeOf(log, 'second'), (event) => heard.push(event));
        await copy.publish(events.slice(3, 6), life);
        await eventually(
          async () => heard.length,
          (count) => count === 2,
        );
        assert.deepEqual(plain(heard), plain(events.filter(({ position: at }) => at === 4 || at === 6)));
        stop();
        await copy.publish(events.slice(6), life);
        // What is handed over was published before, so whoever still listened would have heard by now.
        const inbox = await Inbox.open(source, { name: 'all', log });
        await inbox.count(9);
        assert.equal(heard.length, 2);
        await inbox.consumer.stop();
      }),
    );

    test(
      'does not hear of a stub, which says nothing',
      withFixture(async ({ log, copy, hearsay }) => {
        const life = await newLife(copy);
        const [first, ...others] = recordedEvents(log, { count: 3 });
        const heard: RecordedEvent[] = [];
        const stop = hearsay.listen(first.type, (event) => heard.push(event));
        await copy.publishStub(first, life);
        await copy.publish(others, life);
        await eventually(
          async () => heard.length,
          (count) => count > 0,
        );
        assert.deepEqual(
          heard.map((event) => event.position),
          [3],
        );
        stop();
      }),
    );
  });
}

/** Bytes as numbers: adapters hand them over in different classes. */
function plain(events: readonly RecordedEvent[]) {
  return events.map((event) => ({ ...event, data: [...event.data] }));
}
