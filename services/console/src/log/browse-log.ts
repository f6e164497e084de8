/** Pages of the log and of one stream, in both directions. A page looks at a bounded part of the log, whatever it finds. */
import {
  type EventType,
  type LogName,
  noRevision,
  position,
  type RecordedEvent,
  type Revision,
  revision,
  type StreamName,
} from '@eventstream/contracts';
import type { EventReader } from '@eventstream/event-store';
import type { LogPage } from '../api/log.ts';
import { eventAnswer } from './event-answer.ts';

/** Which page. `from` is a position, or a revision in a stream; undefined: the beginning of that direction. */
export interface PageWish {
  readonly direction: 'forwards' | 'backwards';
  readonly from: number | undefined;
  readonly limit: number;
}

/** Positions that one filtered page looks at, at most: as many as the store looks at for one page. */
const lookedMax = 10_000;
/** The part of the log that a backwards page reads at a time, when it has a filter. */
const windowPositions = 1_000;

/** A page of the log, of all types or of these. */
export async function browseLog(
  store: EventReader,
  log: LogName,
  wish: PageWish & { readonly types: readonly EventType[] | undefined },
): Promise<LogPage> {
  // To the store, no types at all would mean all of them.
  if (wish.types?.length === 0) return { events: [], head: (await store.head(log)).position, next: null };
  return wish.direction === 'forwards' ? forwards(store, log, wish) : backwards(store, log, wish);
}

type LogWish = PageWish & { readonly types: readonly EventType[] | undefined };

async function forwards(store: EventReader, log: LogName, { from = 0, limit, types }: LogWish): Promise<LogPage> {
  const page = await store.readLog(log, position(from), { limit, types });
  const next = page.scannedTo < page.head ? page.scannedTo : null;
  return { events: page.events.map(eventAnswer), head: page.head, next };
}

async function backwards(store: EventReader, log: LogName, { from, limit, types }: LogWish): Promise<LogPage> {
  const { position: head } = await store.head(log);
  const end = Math.min(from ?? head + 1, head + 1);
  const window = types === undefined ? limit : windowPositions;
  const lowest = Math.max(0, end - 1 - (types === undefined ? limit : lookedMax));
  let found: readonly RecordedEvent[] = [];
  let before = end;
  while (before > 1 && before - 1 > lowest && found.length < limit) {
    const after = Math.max(lowest, before - 1 - window);
    found = [...found, ...(await readBetween(store, log, { after, before, types })).toReversed()];
    before = after + 1;
  }
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  // More was found than fits: the next page begins before the last one shown, not before what was looked at.
  const reached = found.length > limit && last !== undefined ? last.position : before;
  return { events: shown.map(eventAnswer), head, next: reached > 1 ? reached : null };
}

/** Everything after one position and before another, in order. */
async function readBetween(
  store: EventReader,
  log: LogName,
  {
    after,
    before,
    types,
  }: { readonly after: number; readonly before: number; readonly types: readonly EventType[] | undefined },
): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  let scannedTo = position(after);
  while (scannedTo < before - 1) {
    const page = await store.readLog(log, scannedTo, { limit: before - 1 - scannedTo, types });
    events.push(...page.events.filter((event) => event.position < before));
    if (page.scannedTo <= scannedTo) break;
    scannedTo = page.scannedTo;
  }
  return events;
}

/** A page of one stream. */
export async function browseStream(
  store: EventReader,
  { log, stream }: { readonly log: LogName; readonly stream: StreamName },
  { direction, from, limit }: PageWish,
): Promise<LogPage> {
  const start: Revision = from === undefined ? noRevision : revision(from);
  const [page, { position: head }] = await Promise.all([
    store.readStream(log, stream, { direction, from: start, limit }),
    store.head(log),
  ]);
  const next = page.atEnd ? null : (page.events.at(-1)?.revision ?? null);
  return { events: page.events.map(eventAnswer), head, next };
}
