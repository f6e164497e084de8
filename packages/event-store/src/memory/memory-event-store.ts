/**
 * The event store in memory, for tests and simulations: the same decisions and promises as the SQL store, kept as long
 * as the process lives.
 */
import {
  type EventId,
  type Incarnation,
  type LogHead,
  type LogName,
  noRevision,
  nowhere,
  type Position,
  type RecordedEvent,
  type Revision,
  type StreamName,
} from '@eventstream/contracts';
import { Batcher, type Clock, QueueFull } from '@eventstream/platform';
import { decideOne, type KnownState, outcomeOf } from '../decide-batch.ts';
import { HeadSignal } from '../head-signal.ts';
import {
  type AppendOutcome,
  type EventFinder,
  type EventRegistry,
  type EventStore,
  type LogFilter,
  type LogPage,
  type LogRange,
  type PositionPage,
  pageEventsMax,
  StoreOverloaded,
  StoreUnavailable,
  type StreamPage,
  type StreamRange,
  type SubscribeOptions,
  UnknownLog,
  type Write,
} from '../port.ts';
import { checkLimit, scanLog, scanPositions, takePage } from '../scan-log.ts';
import { subscribeToPages } from '../subscribe-to-pages.ts';
import { validateWrite } from '../validate-write.ts';

/** What the store is made of. */
export interface MemoryEventStoreOptions {
  /** The logs that exist, and their types. */
  readonly registry: EventRegistry;
  readonly clock: Clock;
  /** Called once per log. */
  newIncarnation(): Incarnation;
  /** Writes that may wait; the next one is refused. Default 4,096. */
  readonly queuedMax?: number;
  /** Passed on to the batcher: a simulation has no event loop to wait for. */
  readonly soon?: (run: () => void) => void;
}

/** Opens an empty store with every log of the registry. */
export function memoryEventStore(options: MemoryEventStoreOptions): EventStore & EventFinder {
  return new MemoryEventStore(options);
}

class MemoryLog implements KnownState {
  readonly incarnation: Incarnation;
  readonly grown = new HeadSignal();
  readonly events: RecordedEvent[] = [];
  readonly streams = new Map<StreamName, RecordedEvent[]>();
  /** Shared by all logs: ids are unique over them. */
  readonly #byId: Map<EventId, RecordedEvent>;

  constructor(incarnation: Incarnation, byId: Map<EventId, RecordedEvent>) {
    this.incarnation = incarnation;
    this.#byId = byId;
  }

  get head(): Position {
    return this.events.at(-1)?.position ?? nowhere;
  }

  revisionOf(stream: StreamName): Revision {
    return this.streams.get(stream)?.at(-1)?.revision ?? noRevision;
  }

  eventOf(id: EventId): RecordedEvent | undefined {
    return this.#byId.get(id);
  }

  store(event: RecordedEvent): void {
    this.events.push(event);
    this.#byId.set(event.id, event);
    const stream = this.streams.get(event.stream);
    if (stream) stream.push(event);
    else this.streams.set(event.stream, [event]);
  }
}

class MemoryEventStore implements EventStore, EventFinder {
  readonly #options: MemoryEventStoreOptions;
  readonly #logs = new Map<LogName, MemoryLog>();
  readonly #byId = new Map<EventId, RecordedEvent>();
  readonly #batcher: Batcher<Write, AppendOutcome>;
  #closed = false;

  constructor(options: MemoryEventStoreOptions) {
    this.#options = options;
    for (const log of options.registry.types.keys()) {
      this.#logs.set(log, new MemoryLog(options.newIncarnation(), this.#byId));
    }
    this.#batcher = new Batcher({
      maxItems: 500,
      maxQueued: options.queuedMax ?? 4_096,
      run: async (writes) => writes.map((write) => this.#decide(write)),
      ...(options.soon ? { soon: options.soon } : {}),
    });
  }

  async append(write: Write): Promise<AppendOutcome> {
    if (this.#closed) throw new StoreUnavailable('write', 'the store is closed');
    const validity = validateWrite(write, this.#options.registry);
    if (validity.kind === 'refused') return validity;
    try {
      return await this.#batcher.submit(write);
    } catch (error) {
      if (error instanceof QueueFull) throw new StoreOverloaded(this.#batcher.queued, error);
      throw error;
    }
  }

  async readStream(log: LogName, stream: StreamName, range: StreamRange): Promise<StreamPage> {
    checkLimit(range.limit);
    const events = this.#log(log).streams.get(stream) ?? [];
    const forwards = range.direction === 'forwards';
    const beyond = forwards
      ? events.slice(range.from)
      : events.slice(0, range.from === noRevision ? undefined : range.from - 1).toReversed();
    const page = takePage(beyond, range.limit);
    return { events: page, atEnd: page.length === beyond.length };
  }

  async readLog(name: LogName, after: Position, options: LogRange): Promise<LogPage> {
    checkLimit(options.limit);
    const log = this.#log(name);
    const { events, scannedTo } = scanLog(log.events, after, options);
    const from = after < log.head ? after : log.head;
    return { events, scannedTo: scannedTo ?? from, head: log.head, incarnation: log.incarnation };
  }

  async readPositions(name: LogName, after: Position, filter: LogFilter): Promise<PositionPage> {
    const log = this.#log(name);
    const { positions, scannedTo = log.head } = scanPositions(log.events, after, filter);
    return { positions, scannedTo, head: log.head, incarnation: log.incarnation };
  }

  async head(log: LogName): Promise<LogHead> {
    const { head, incarnation } = this.#log(log);
    return { log, position: head, incarnation };
  }

  async findEvent(log: LogName, id: EventId): Promise<RecordedEvent | undefined> {
    this.#log(log);
    const event = this.#byId.get(id);
    return event?.log === log ? event : undefined;
  }

  subscribe(log: LogName, after: Position, { signal, ...filter }: SubscribeOptions): AsyncIterable<LogPage> {
    const source = {
      readPage: (from: Position) => this.readLog(log, from, { ...filter, limit: pageEventsMax }),
      grown: (from: Position) => this.#log(log).grown.wait(from, signal),
    };
    return subscribeToPages(source, after, signal);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#batcher.close();
    for (const log of this.#logs.values()) log.grown.release();
  }

  #log(name: LogName): MemoryLog {
    if (this.#closed) throw new StoreUnavailable('read', 'the store is closed');
    const log = this.#logs.get(name);
    if (log === undefined) throw new UnknownLog(name);
    return log;
  }

  /** Stores what is decided at once: nothing runs in between, so one write is a batch of its own. */
  #decide(write: Write): AppendOutcome {
    const log = this.#logs.get(write.log);
    if (log === undefined) throw new UnknownLog(write.log);
    const recordedAtMs = this.#options.clock.nowMs();
    const { decision, events } = decideOne(log, write);
    for (const event of events) {
      event.recordedAtMs = recordedAtMs;
      log.store(event);
    }
    if (events.length > 0) log.grown.moved(log.head);
    return outcomeOf(decision, log.incarnation);
  }
}
