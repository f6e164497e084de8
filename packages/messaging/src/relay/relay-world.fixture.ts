/** What the relay's tests work with: a log that grows, shrinks and breaks down on demand, and a relay in a hurry. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  type Incarnation,
  incarnation,
  type LogHead,
  type LogName,
  logName,
  type Position,
  position,
  type RecordedEvent,
} from '@eventstream/contracts';
import { type LogPage, StoreUnavailable } from '@eventstream/event-store';
import { createLogger, metrics, systemClock } from '@eventstream/platform';
import { recordedEvents } from '@eventstream/testing/contracts';
import { eventually } from '@eventstream/testing/eventually';
import { MemoryRelayLease } from '../memory/index.ts';
import type { LogCopy } from '../port.ts';
import type { RelaySource } from './follow.ts';
import type { RelayLease } from './lease.ts';
import { Relay } from './relay.ts';
import type { RelaySettings } from './relay-settings.ts';

/** A log that no other test uses. */
export const freshLog = (): LogName => logName(`R${randomUUID().slice(0, 8).toUpperCase()}`);

/** A store of one log, as far as a relay sees it. */
export class GrowingLog implements RelaySource {
  readonly log: LogName;
  events: RecordedEvent[] = [];
  incarnation: Incarnation = incarnation(randomUUID());
  available = true;

  constructor(log: LogName) {
    this.log = log;
  }

  /** Appends events, and answers them. */
  grow(count: number, dataBytes = 20): readonly RecordedEvent[] {
    const added = recordedEvents(this.log, { from: this.events.length + 1, count, dataBytes });
    this.events.push(...added);
    return added;
  }

  /** Goes back to an older state, as a restored backup does. */
  cutTo(count: number): void {
    this.events.length = count;
  }

  async head(): Promise<LogHead> {
    if (!this.available) throw new StoreUnavailable('read', 'the log is switched off');
    return { log: this.log, position: position(this.events.length), incarnation: this.incarnation };
  }

  async readLog(_log: LogName, after: Position, options: { readonly limit: number }): Promise<LogPage> {
    const head = await this.head();
    const events = this.events.slice(after, after + options.limit);
    return { events, scannedTo: position(after + events.length), head: head.position, incarnation: head.incarnation };
  }
}

/** Everything a test waits for happens within milliseconds. */
const hurriedSettings: Partial<RelaySettings> = {
  headPollMs: 15,
  auditMs: 50,
  leaseMs: 250,
  haltedRecheckMs: 20,
  retryMinMs: 2,
  retryMaxMs: 20,
};

/** A relay of the log, started. */
export async function startRelay(
  log: GrowingLog,
  copy: LogCopy,
  options: { lease?: RelayLease; settings?: Partial<RelaySettings> } = {},
): Promise<Relay> {
  const relay = new Relay({
    log: log.log,
    source: log,
    copy,
    lease: options.lease ?? new MemoryRelayLease(systemClock),
    logger: createLogger({ service: 'test', level: 'silent' }),
    settings: { ...hurriedSettings, ...options.settings },
  });
  await relay.start();
  return relay;
}

/** Resolves when the broker's copy ends where the log ends, and checks that every retained event is the log's, byte for byte. */
export async function copyOfAll(log: GrowingLog, copy: LogCopy): Promise<{ first: Position }> {
  const state = await eventually(
    () => copy.inspect().catch((error: unknown) => String(error)),
    (now) => typeof now === 'object' && now.kind === 'ours' && now.last === log.events.length,
  );
  assert.ok(typeof state === 'object' && state.kind === 'ours');
  assert.equal(state.incarnation, log.incarnation);
  for (let at = state.first; at <= state.last; at = position(at + 1)) {
    const found = await copy.read(at);
    const event = log.events[at - 1];
    assert.ok(found !== undefined && event !== undefined, `position ${at} is missing`);
    assert.equal(found.event.id, event.id);
    if (!found.stub) assert.deepEqual(Buffer.from(found.event.data), Buffer.from(event.data));
  }
  return { first: state.first };
}

/** What a counter of the relay says for a log. */
export async function counted(name: string, log: LogName): Promise<number> {
  const metric = await metrics.getSingleMetric(name)?.get();
  const values = metric?.values ?? [];
  return values.find(({ labels }) => Object.values(labels).includes(log))?.value ?? 0;
}
