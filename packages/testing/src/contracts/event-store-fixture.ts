/** Logs, events and writes for the event store's contract. Every test has logs of its own, so nothing is shared. */
import {
  type EventId,
  type EventType,
  eventId,
  eventType,
  type LogName,
  logName,
  type NewEvent,
  noRevision,
  nowhere,
  type RecordedEvent,
  type StreamName,
  streamName,
} from '@eventstream/contracts';
import {
  type AppendOutcome,
  type EventReader,
  type EventRegistry,
  type EventStore,
  type ExpectedRevision,
  pageEventsMax,
  type Write,
} from '@eventstream/event-store';
import { newId } from '@eventstream/platform';

/** What the adapter under test opens. */
export interface OpenEventStore {
  /** The logs to create, empty, and their types. Their names are new in every call. */
  readonly registry: EventRegistry;
  /** How many writes may wait before the next one is refused; absent means the adapter's default. */
  readonly queuedMax?: number;
}

/** A store on a fresh log. */
export interface EventStoreWorld {
  readonly store: EventStore;
  readonly log: LogName;
  /** Another log of the same store. */
  readonly otherLog: LogName;
}

let logs = 0;

/** Opens a store on two fresh logs, with the types `<LOG>.happened` and `<LOG>.changed`. */
export async function openWorld(
  open: (options: OpenEventStore) => Promise<EventStore>,
  options: { readonly queuedMax?: number } = {},
): Promise<EventStoreWorld> {
  logs += 1;
  const log = logName(`CONTRACT_${process.pid}_${logs}`);
  const otherLog = logName(`OTHER_${process.pid}_${logs}`);
  const registry = {
    types: new Map([log, otherLog].map((name) => [name, new Set<string>([happened(name), changed(name)])])),
  };
  return { store: await open({ registry, ...options }), log, otherLog };
}

export const happened = (log: LogName): EventType => eventType(`${log}.happened`);
export const changed = (log: LogName): EventType => eventType(`${log}.changed`);

/** A stream that nobody else uses. */
export function newStream(category = 'order'): StreamName {
  return streamName(`${category}-${newId()}`);
}

/** An event of the log; whatever is not said is new or usual. */
export function newEvent(
  log: LogName,
  given: {
    readonly id?: EventId;
    readonly type?: EventType;
    readonly data?: string | Uint8Array;
    readonly metadata?: Readonly<Record<string, string>>;
  } = {},
): NewEvent {
  const { id = eventId(newId()), type = happened(log), data = '{"n":1}', metadata = {} } = given;
  return { id, type, data: Buffer.from(data), metadata };
}

/** A write of these events to one stream; expects a new stream unless told otherwise. */
export function writeTo(
  {
    log,
    stream = newStream(),
    expected = noRevision,
  }: { log: LogName; stream?: StreamName; expected?: ExpectedRevision },
  ...events: readonly NewEvent[]
): Write {
  const [first = newEvent(log), ...rest] = events;
  return { log, streams: [{ stream, expected, events: [first, ...rest] }] };
}

/** The outcome as an appended one, or an error that shows what it is. */
export function appended(outcome: AppendOutcome): Extract<AppendOutcome, { kind: 'appended' }> {
  if (outcome.kind !== 'appended') throw new Error(`expected appended, got ${JSON.stringify(outcome)}`);
  return outcome;
}

/** The whole log, page by page. */
export async function wholeLog(reader: EventReader, log: LogName): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  let at = nowhere;
  for (;;) {
    const page = await reader.readLog(log, at, { limit: pageEventsMax });
    events.push(...page.events);
    at = page.scannedTo;
    if (at >= page.head) return events;
  }
}
