/**
 * `eventstream log import`: the store was restored from an older copy and the broker has later events of the same life.
 * Their envelopes are complete, so they are appended again exactly as they were.
 */
import {
  type Incarnation,
  isNonEmpty,
  type LogHead,
  type LogName,
  type NonEmpty,
  type Position,
  position,
  type RecordedEvent,
} from '@eventstream/contracts';
import { CodedError } from '@eventstream/platform';
import type { CopyState, LogCopy, OurCopy } from '../port.ts';
import type { RelaySource } from './follow.ts';

/** The store's side of an import; an operator's right, not a service's. */
export interface LogImporter {
  /**
   * Appends events with the ids, positions, revisions and times that they already have. The first must be the head + 1
   * and the incarnation the log's own, else it rejects; all of them or none. Answers the new head.
   */
  importEvents(log: LogName, life: Incarnation, events: NonEmpty<RecordedEvent>): Promise<LogHead>;
}

/** What an import needs. */
export interface ImportOptions {
  readonly log: LogName;
  readonly source: RelaySource;
  readonly copy: LogCopy;
  readonly importer: LogImporter;
  /** Told after each page. */
  readonly onProgress?: (at: Position, last: Position) => void;
}

const pageEvents = 200;

/**
 * Brings the store up to the broker's copy. Answers how many events were imported; 0 when the store has them all.
 * May be repeated after a crash. Rejects with `import_impossible` when the copy is no continuation of this store.
 */
export async function importFromCopy(options: ImportOptions): Promise<{ imported: number }> {
  const state = await options.copy.inspect();
  const head = await options.source.head(options.log);
  const ours = await checkContinuation(options, state, head);
  let at = head.position;
  while (at < ours.last) {
    const events = await readPage(options, at, ours);
    const { position: reached } = await options.importer.importEvents(options.log, head.incarnation, events);
    if (reached !== at + events.length) throw impossible(`the store reports ${reached} after ${at + events.length}`);
    at = reached;
    options.onProgress?.(at, ours.last);
  }
  return { imported: Math.max(0, ours.last - head.position) };
}

async function checkContinuation(options: ImportOptions, state: CopyState, head: LogHead): Promise<OurCopy> {
  if (state.kind !== 'ours') throw impossible(`the broker has no copy of log ${options.log}`);
  if (state.incarnation !== head.incarnation) {
    throw impossible(`the broker's copy belongs to life ${state.incarnation}, the store to ${head.incarnation}`);
  }
  if (state.last > head.position && state.first > head.position + 1) {
    throw impossible(`the store ends at ${head.position}, and the broker has nothing before ${state.first} any more`);
  }
  const atHead = head.position >= 1 ? await options.copy.read(head.position) : undefined;
  if (atHead === undefined) return state; // no longer retained, or nothing stored yet: nothing to compare
  const page = await options.source.readLog(options.log, position(head.position - 1), { limit: 1 });
  if (page.events[0]?.id !== atHead.event.id) {
    throw impossible(`position ${head.position} is another event in the store than at the broker`);
  }
  return state;
}

async function readPage(options: ImportOptions, after: Position, ours: OurCopy): Promise<NonEmpty<RecordedEvent>> {
  const until = Math.min(ours.last, after + pageEvents);
  const events: RecordedEvent[] = [];
  for (let at = after + 1; at <= until; at += 1) {
    const found = await options.copy.read(position(at));
    if (found === undefined) throw impossible(`the broker has no event at position ${at}`);
    if (found.stub) throw impossible(`the broker has only a stub of position ${at}: its body was in the store alone`);
    events.push(found.event);
  }
  if (!isNonEmpty(events)) throw new Error(`nothing to read after ${after}`);
  return events;
}

function impossible(reason: string): CodedError {
  return new CodedError('import_impossible', reason, {
    nextStep:
      'nothing was changed at the broker; if the store is the one to keep: `npx eventstream log new-incarnation`',
  });
}
