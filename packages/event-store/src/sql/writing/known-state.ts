/**
 * What a batch is decided on: the streams and ids that its writes name, as far as the cache remembers them and as the
 * database has them.
 */
import {
  type EventId,
  noRevision,
  type Position,
  type RecordedEvent,
  type Revision,
  type StreamName,
} from '@eventstream/contracts';
import type { KnownState } from '../../decide-batch.ts';
import type { Write } from '../../port.ts';
import type { LogCache } from './log-cache.ts';

/** By stream; one without an entry is new. */
export type Revisions = ReadonlyMap<StreamName, Revision>;
/** Stored events by their ids. */
export type StoredEvents = ReadonlyMap<EventId, RecordedEvent>;

/** The state of a log with this head. */
export function knownState(head: Position, revisions: Revisions, stored: StoredEvents): KnownState {
  return {
    head,
    revisionOf: (stream) => revisions.get(stream) ?? noRevision,
    eventOf: (id) => stored.get(id),
  };
}

/**
 * The batch's events that are stored already, as far as the cache knows. They are taken out of it now because it may
 * forget them at any time.
 */
export function rememberedEvents(cache: LogCache, writes: readonly Write[]): StoredEvents {
  const remembered = new Map<EventId, RecordedEvent>();
  for (const { streams } of writes) {
    for (const { events } of streams) {
      for (const { id } of events) {
        const event = cache.eventOf(id);
        if (event !== undefined) remembered.set(id, event);
      }
    }
  }
  return remembered;
}

/**
 * Revisions of the batch's streams, and the streams that have to be read. A stream nobody has heard of, and that every
 * write expects to be new, is believed to be new. One whose revision may be out of date is read only if a write expects
 * another one: its unique key proves the rest.
 */
export function rememberedRevisions(cache: LogCache, writes: readonly Write[]) {
  const revisions = new Map<StreamName, Revision>();
  const unknown = new Set<StreamName>();
  for (const { streams } of writes) {
    for (const { stream, expected } of streams) {
      const remembered = cache.revisionOf(stream);
      if (remembered !== undefined) revisions.set(stream, remembered.revision);
      if (remembered?.exact === true) continue;
      const mayBeStored =
        expected === 'any' ? remembered !== undefined : expected === (remembered?.revision ?? noRevision);
      if (!mayBeStored) unknown.add(stream);
    }
  }
  return { revisions, unknown: [...unknown] };
}

/** Events under their ids. */
export function byId(events: readonly RecordedEvent[]): StoredEvents {
  return new Map(events.map((event) => [event.id, event]));
}

/** The streams that a write is for. */
export function streamsOf(write: Write): StreamName[] {
  return write.streams.map(({ stream }) => stream);
}

/** The ids of a write's events. */
export function idsOf(write: Write): EventId[] {
  return write.streams.flatMap(({ events }) => events.map(({ id }) => id));
}
