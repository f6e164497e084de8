/**
 * Decides a batch of writes in memory: which are stored and where, which are repetitions, conflicts or misused ids.
 * Pure, and the same for every adapter. Each write is decided by itself, in arrival order, as if it were alone with
 * all writes before it; a write that is not stored takes no position, so the log stays dense.
 */
import {
  type EventId,
  type Incarnation,
  isNonEmpty,
  type LogName,
  type NewEvent,
  type NonEmpty,
  nextPosition,
  nextRevision,
  type Position,
  type RecordedEvent,
  type Revision,
  type StreamName,
} from '@eventstream/contracts';
import type { AppendedEvent, AppendOutcome, StreamWrite, Write } from './port.ts';

/** What the store knows before the batch. */
export interface KnownState {
  /** The last position. */
  readonly head: Position;
  /** The stream's last revision; 0 when it has no event. */
  revisionOf(stream: StreamName): Revision;
  /** The event stored under this id, in whichever log. */
  eventOf(id: EventId): RecordedEvent | undefined;
}

/**
 * An event with its place. Both are final only after the commit, which tells where the log stood and when that was:
 * until then the time is 0, and the position is right only if nobody else has written. It is changed in place and so
 * becomes the recorded event without a copy.
 */
export interface PlacedEvent extends RecordedEvent {
  position: Position;
  recordedAtMs: number;
}

/** What is to become of one write. */
export type Decision =
  | { readonly kind: 'store'; readonly events: NonEmpty<RecordedEvent> }
  | { readonly kind: 'repeat'; readonly events: NonEmpty<RecordedEvent> }
  | Extract<AppendOutcome, { kind: 'conflict' | 'idReused' }>;

/** A decision for each write, and the events to store, at consecutive positions from `head` + 1. */
export interface DecidedBatch {
  readonly decisions: readonly Decision[];
  readonly events: readonly PlacedEvent[];
}

/** Decides the writes of one log in their order. They have passed `validateWrite`. */
export function decideBatch(known: KnownState, writes: readonly Write[]): DecidedBatch {
  const batch = new Batch(known);
  return { decisions: writes.map((write) => batch.decide(write)), events: batch.events };
}

/** Decides a single write. */
export function decideOne(known: KnownState, write: Write): { decision: Decision; events: readonly PlacedEvent[] } {
  const batch = new Batch(known);
  return { decision: batch.decide(write), events: batch.events };
}

/** Gives a batch's events their time, and their final positions behind the one where the log stood. */
export function placeBehind(head: Position, events: readonly PlacedEvent[], recordedAtMs: number): void {
  let at = head;
  for (const event of events) {
    at = nextPosition(at);
    event.position = at;
    event.recordedAtMs = recordedAtMs;
  }
}

/** The answer to a caller, once the batch is committed and its events have their time. */
export function outcomeOf(decision: Decision, incarnation: Incarnation): AppendOutcome {
  if (decision.kind === 'conflict' || decision.kind === 'idReused') return decision;
  const [first, ...rest] = decision.events;
  const events: NonEmpty<AppendedEvent> = rest.length === 0 ? [placeOf(first)] : [placeOf(first), ...rest.map(placeOf)];
  return { kind: 'appended', events, repeated: decision.kind === 'repeat', incarnation };
}

function placeOf({ position, revision, recordedAtMs }: RecordedEvent): AppendedEvent {
  return { position, revision, recordedAtMs };
}

/** The known state with the batch's own events on top. */
class Batch {
  readonly events: PlacedEvent[] = [];
  readonly #known: KnownState;
  readonly #revisions = new Map<StreamName, Revision>();
  readonly #byId = new Map<EventId, RecordedEvent>();
  #head: Position;

  constructor(known: KnownState) {
    this.#known = known;
    this.#head = known.head;
  }

  decide(write: Write): Decision {
    // Ids come first: a repetition gets its original answer even when the expected revision no longer matches.
    return this.#decideByIds(write) ?? this.#decideByRevisions(write) ?? this.#store(write);
  }

  #decideByIds(write: Write): Decision | undefined {
    const found: RecordedEvent[] = [];
    let unknown = 0;
    for (const { stream, events } of write.streams) {
      for (const event of events) {
        const stored = this.#byId.get(event.id) ?? this.#known.eventOf(event.id);
        if (stored === undefined) unknown += 1;
        else if (!isSameEvent(stored, write, stream, event)) return { kind: 'idReused', eventId: event.id };
        else found.push(stored);
      }
    }
    if (!isNonEmpty(found)) return undefined;
    return unknown > 0 ? { kind: 'idReused', eventId: found[0].id } : { kind: 'repeat', events: found };
  }

  #decideByRevisions(write: Write): Decision | undefined {
    for (const { stream, expected } of write.streams) {
      if (expected === 'any') continue;
      const actual = this.#revisionOf(stream);
      if (actual !== expected) return { kind: 'conflict', stream, expected, actual };
    }
    return undefined;
  }

  #store({ log, streams }: Write): Decision {
    const events: PlacedEvent[] = [];
    for (const streamWrite of streams) this.#place(log, streamWrite, events);
    if (!isNonEmpty(events)) throw new Error('a write has at least one event');
    return { kind: 'store', events };
  }

  #place(log: LogName, { stream, events }: StreamWrite, placed: PlacedEvent[]): void {
    let revision = this.#revisionOf(stream);
    for (const { id, type, data, metadata } of events) {
      revision = nextRevision(revision);
      const position = nextPosition(this.#head);
      this.#head = position;
      const event = { id, type, data, metadata, log, position, stream, revision, recordedAtMs: 0 };
      this.#byId.set(id, event);
      this.events.push(event);
      placed.push(event);
    }
    this.#revisions.set(stream, revision);
  }

  #revisionOf(stream: StreamName): Revision {
    return this.#revisions.get(stream) ?? this.#known.revisionOf(stream);
  }
}

/** Same id, stream, type and data; metadata and time are notes, not part of the fact. */
function isSameEvent(stored: RecordedEvent, { log }: Write, stream: StreamName, event: NewEvent): boolean {
  return (
    stored.log === log &&
    stored.stream === stream &&
    stored.type === event.type &&
    Buffer.compare(stored.data, event.data) === 0
  );
}
