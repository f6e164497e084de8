/**
 * Looks whether the broker holds the store's own events behind the last position that is known to be right. While
 * many are under way a stranger's message takes one place and refuses one event, and those behind it find the sequence
 * they expect and are stored: the last message alone would look right, and the event of that place would never be
 * published.
 */
import { type LogName, type Position, position } from '@eventstream/contracts';
import { pageEventsMax } from '@eventstream/event-store';
import { codeOf } from '@eventstream/platform';
import type { LogCopy } from '../port.ts';
import type { RelaySource } from './follow.ts';

/** What is compared: positions after `after`, up to `to`. */
export interface Tail {
  readonly log: LogName;
  readonly after: Position;
  readonly to: Position;
  /** At most so many positions, the last ones: what the relay may have had under way. */
  readonly positionsMax: number;
}

/** The first position at which the broker has something else; evicted messages are passed over. Rejects when it can't be asked. */
export async function firstDifference(
  source: RelaySource,
  copy: LogCopy,
  { log, after, to, positionsMax }: Tail,
): Promise<Position | undefined> {
  let at = position(Math.max(after, to - positionsMax));
  while (at < to) {
    // A page may hold fewer than it was asked for: it is bounded in bytes too.
    const { events, scannedTo } = await source.readLog(log, at, { limit: Math.min(to - at, pageEventsMax) });
    for (const event of events) {
      const id = await idAt(copy, event.position);
      if (id !== undefined && id !== event.id) return event.position;
    }
    if (scannedTo <= at) return undefined; // the store went back meanwhile, which the next look shows
    at = scannedTo;
  }
  return undefined;
}

/** Null where something lies that is no event. */
async function idAt(copy: LogCopy, at: Position): Promise<string | null | undefined> {
  try {
    return (await copy.read(at))?.event.id;
  } catch (error) {
    if (codeOf(error) === 'envelope_malformed') return null;
    throw error;
  }
}
