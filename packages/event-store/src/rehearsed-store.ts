/**
 * An event store whose appends are told and not done: for finding out what somebody would record now. Reads are real.
 * An append is answered as the store would answer it, by the revisions and ids that are there at this moment.
 */
import { isNonEmpty, type NonEmpty, noRevision, position, type RecordedEvent, revision } from '@eventstream/contracts';
import { loadStream } from './load-stream.ts';
import type { AppendedEvent, AppendOutcome, EventAppender, EventReader, StreamWrite, Write } from './port.ts';

/** Wraps a store. `note` is told each write that would have been stored, as a sentence. */
export function rehearsedStore(
  store: EventAppender & EventReader,
  note: (effect: string) => void,
): EventAppender & EventReader {
  return {
    readStream: (log, stream, range) => store.readStream(log, stream, range),
    readLog: (log, after, options) => store.readLog(log, after, options),
    head: (log) => store.head(log),
    append: (write) => rehearse(store, write, note),
  };
}

async function rehearse(store: EventReader, write: Write, note: (effect: string) => void): Promise<AppendOutcome> {
  const { log, streams } = write;
  const head = await store.head(log);
  const known = new Map<string, readonly RecordedEvent[]>();
  for (const { stream } of streams) known.set(stream, await loadStream(store, log, stream));
  const stored = storedAlready(streams, known);
  if (stored !== undefined) return { kind: 'appended', repeated: true, events: stored, incarnation: head.incarnation };
  for (const { stream, expected } of streams) {
    const actual = known.get(stream)?.at(-1)?.revision ?? noRevision;
    if (expected !== 'any' && expected !== actual) return { kind: 'conflict', stream, expected, actual };
  }
  let at: number = head.position;
  const places = streams.flatMap(({ stream, events }) => {
    let revisionAt: number = known.get(stream)?.at(-1)?.revision ?? noRevision;
    return events.map(({ type }) => {
      at += 1;
      revisionAt += 1;
      note(`appends ${type} to ${stream} as revision ${revisionAt}`);
      return { position: position(at), revision: revision(revisionAt), recordedAtMs: Date.now() };
    });
  });
  return { kind: 'appended', repeated: false, events: mustHaveOne(places), incarnation: head.incarnation };
}

/** The places of a write that is in the log already, all of it; undefined when it is not. */
function storedAlready(
  streams: readonly StreamWrite[],
  known: ReadonlyMap<string, readonly RecordedEvent[]>,
): NonEmpty<AppendedEvent> | undefined {
  const places = streams.flatMap(({ stream, events }) =>
    events.map(({ id }) => known.get(stream)?.find((event) => event.id === id)),
  );
  const found = places.filter((event) => event !== undefined);
  return found.length === places.length ? mustHaveOne(found) : undefined;
}

function mustHaveOne(places: readonly AppendedEvent[]): NonEmpty<AppendedEvent> {
  if (isNonEmpty(places)) return places;
  throw new RangeError('a write has at least one event');
}
