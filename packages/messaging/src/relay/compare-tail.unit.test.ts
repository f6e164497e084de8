import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nowhere, type Position, position } from '@eventstream/contracts';
import type { LogPage } from '@eventstream/event-store';
import { systemScheduler } from '@eventstream/platform/scheduler';
import { recordedEvents } from '@eventstream/testing/contracts';
import { MemoryBroker } from '../memory/index.ts';
import type { LogCopy } from '../port.ts';
import { firstDifference } from './compare-tail.ts';
import { defaultRelaySettings } from './relay-settings.ts';
import { freshLog, GrowingLog } from './relay-world.fixture.ts';

/** Answers pages of so many events at most, as a store does whose events are large. */
class LargeEvents extends GrowingLog {
  override readLog(log: typeof this.log, after: Position, { limit }: { readonly limit: number }): Promise<LogPage> {
    assert.ok(limit <= 1_000, 'more than a page may have');
    return super.readLog(log, after, { limit: Math.min(limit, 100) });
  }
}

/** A log of which all that may be was under way, and its copy with somebody else's event at one position. */
function worldWithStranger(at: number) {
  const source = new LargeEvents(freshLog());
  source.grow(defaultRelaySettings.inFlightEventsMax);
  const [stranger] = recordedEvents(source.log, { from: at, count: 1, dataBytes: 20 });
  assert(stranger !== undefined);
  const memory = new MemoryBroker({ scheduler: systemScheduler }).copyOf(source.log);
  const read: LogCopy['read'] = async (where) => {
    const event = where === at ? stranger : source.events[where - 1];
    return event && { event, incarnation: source.incarnation, stub: false };
  };
  return { source, copy: Object.assign(memory, { read }), to: position(source.events.length) };
}

describe('what a relay had under way', () => {
  for (const at of [1, 24, 101, 1_000, 1_024])
    test(`is compared to its last event, also where a page ends early: somebody else's at ${at}`, async () => {
      const { source, copy, to } = worldWithStranger(at);
      const { inFlightEventsMax: positionsMax } = defaultRelaySettings;
      assert.equal(await firstDifference(source, copy, { log: source.log, after: nowhere, to, positionsMax }), at);
    });
});
