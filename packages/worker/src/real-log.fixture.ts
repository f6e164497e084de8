/** One log in a store in memory, with its copy on a real broker: for tests that break the broker. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  type EventType,
  eventId,
  eventType,
  incarnation,
  type LogName,
  logName,
  streamName,
} from '@eventstream/contracts';
import type { EventStore } from '@eventstream/event-store';
import { memoryEventStore } from '@eventstream/event-store/memory';
import type { LogCopy } from '@eventstream/messaging';
import { systemClock } from '@eventstream/platform';

/** A log that no other test uses, with one event type. */
export class RealLog {
  readonly log: LogName = logName(`W${randomUUID().slice(0, 8).toUpperCase()}`);
  readonly type: EventType = eventType(`${this.log}.happened`);
  readonly store: EventStore = memoryEventStore({
    registry: { types: new Map([[this.log, new Set<string>([this.type])]]) },
    clock: systemClock,
    newIncarnation: () => incarnation(randomUUID()),
  });

  /** Appends so many events, to streams of their own. */
  async append(count: number): Promise<void> {
    const appends = Array.from({ length: count }, () => {
      const event = { id: eventId(randomUUID()), type: this.type, data: Buffer.from('{}'), metadata: {} };
      const stream = streamName(`order-${randomUUID()}`);
      return this.store.append({ log: this.log, streams: [{ stream, expected: 'any', events: [event] }] });
    });
    await Promise.all(appends);
  }

  /** Appends and publishes. */
  async happen(count: number, copy: LogCopy): Promise<void> {
    await this.append(count);
    await this.publish(copy);
  }

  /** Brings the broker's copy up to the head, as the relay does. */
  async publish(copy: LogCopy): Promise<void> {
    const { incarnation: life } = await this.store.head(this.log);
    await copy.create(life);
    for (;;) {
      const state = await copy.inspect();
      assert.ok(state.kind === 'ours');
      const { events } = await this.store.readLog(this.log, state.last, { limit: 500 });
      if (events.length === 0) return;
      assert.equal((await copy.publish(events, life)).kind, 'published');
    }
  }
}
