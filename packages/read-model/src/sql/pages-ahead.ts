/** Reads a log page by page, the next one while the last is being worked on: the store and its reader work side by side. */
import type { LogName, Position } from '@eventstream/contracts';
import { type EventReader, type LogPage, pageEventsMax } from '@eventstream/event-store';

/** Yields the pages after a position, for as long as they are asked for; at the head an empty one each time. */
export async function* pagesAhead(
  store: Pick<EventReader, 'readLog'>,
  log: LogName,
  after: Position,
): AsyncGenerator<LogPage> {
  const read = (at: Position): Promise<LogPage> => {
    const page = store.readLog(log, at, { limit: pageEventsMax });
    page.catch(() => {}); // thrown when its turn comes; until then nobody listens
    return page;
  };
  let next = read(after);
  for (;;) {
    const page = await next;
    // What comes after the head is asked for when it is wanted, not before: it may have come by then.
    const more = page.scannedTo < page.head;
    if (more) next = read(page.scannedTo);
    yield page;
    if (!more) next = read(page.scannedTo);
  }
}
