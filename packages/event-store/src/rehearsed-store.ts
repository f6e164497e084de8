/**
 * An event store whose appends are only reported and not done: for finding out what somebody would record now. Reads
 * are real. An append is decided as the store would decide it, by the events that are in its streams at this moment.
 */
import { noRevision, type RecordedEvent } from '@eventstream/contracts';
import type { Clock } from '@eventstream/platform';
import { decideOne, type KnownState, outcomeOf, placeBehind } from './decide-batch.ts';
import { loadStream } from './load-stream.ts';
import type { AppendOutcome, EventAppender, EventReader, Write } from './port.ts';

/** What a rehearsal needs besides the store. */
export interface Rehearsal {
  readonly clock: Clock;
  /** Told each event that would have been stored, as a sentence. */
  note(effect: string): void;
}

/** Wraps a store. */
export function rehearsedStore(store: EventAppender & EventReader, rehearsal: Rehearsal): EventAppender & EventReader {
  return {
    readStream: (log, stream, range) => store.readStream(log, stream, range),
    readLog: (log, after, options) => store.readLog(log, after, options),
    head: (log) => store.head(log),
    append: (write) => rehearse(store, write, rehearsal),
  };
}

async function rehearse(store: EventReader, write: Write, { clock, note }: Rehearsal): Promise<AppendOutcome> {
  const { position: head, incarnation } = await store.head(write.log);
  const streams = new Map<string, readonly RecordedEvent[]>();
  for (const { stream } of write.streams) streams.set(stream, await loadStream(store, write.log, stream));
  const byId = new Map([...streams.values()].flat().map((event) => [event.id, event]));
  const known: KnownState = {
    head,
    revisionOf: (stream) => streams.get(stream)?.at(-1)?.revision ?? noRevision,
    eventOf: (id) => byId.get(id),
  };
  const { decision, events } = decideOne(known, write);
  placeBehind(head, events, clock.nowMs());
  for (const { type, stream, revision } of events) note(`appends ${type} to ${stream} as revision ${revision}`);
  return outcomeOf(decision, incarnation);
}
