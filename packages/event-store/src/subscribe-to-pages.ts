/** Turns pages and a wake-up into a subscription: what is there, then what comes, in order and without a hole. */
import type { Position } from '@eventstream/contracts';
import type { LogPage } from './port.ts';

/** Where the pages come from. */
export interface LogSource {
  /** The page after a position, as `readLog` gives it. */
  readPage(after: Position): Promise<LogPage>;
  /** Resolves when the head may be beyond `after`, or the signal aborts. */
  grown(after: Position, signal: AbortSignal): Promise<void>;
}

/**
 * Subscribes to a log after a position until the signal aborts. The first page comes at once, even when it is empty, so that
 * the subscriber learns of another incarnation, or that it stands beyond the head. Later pages come only when there is
 * something new in them.
 */
export async function* subscribeToPages(
  source: LogSource,
  after: Position,
  signal: AbortSignal,
): AsyncGenerator<LogPage, void, undefined> {
  let at = after;
  let first = true;
  while (!signal.aborted) {
    const page = await source.readPage(at);
    if (signal.aborted) return;
    if (first || page.scannedTo > at) yield page;
    first = false;
    if (page.scannedTo > at) at = page.scannedTo;
    if (page.scannedTo >= page.head) await source.grown(at, signal);
  }
}
