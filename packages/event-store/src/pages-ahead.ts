/**
 * Reads a log page by page, and asks for the next pages while one is being worked on, so that the database, the store
 * and its reader work side by side.
 */
import { type LogName, type Position, position } from '@eventstream/contracts';
import { type EventReader, type LogPage, pageEventsMax } from './port.ts';

/** A page that was asked for, and the position after which it begins. */
interface Asked {
  readonly after: Position;
  readonly page: Promise<LogPage>;
}

/**
 * How many pages are asked for ahead. With fewer the database and the store have nothing to do while the reader collects
 * its garbage. A page has a megabyte at most, and that bounds what one reader holds.
 */
const aheadMax = 8;

/** Yields the pages after a position, for as long as they are asked for; at the head an empty one each time. */
export async function* pagesAhead(
  store: Pick<EventReader, 'readLog'>,
  log: LogName,
  after: Position,
): AsyncGenerator<LogPage> {
  const ask = (at: Position): Asked => {
    const page = store.readLog(log, at, { limit: pageEventsMax });
    page.catch(() => {}); // thrown when its turn comes; until then nobody listens
    return { after: at, page };
  };
  let at = after;
  let asked: Asked[] = [];
  for (;;) {
    const page = await (asked.shift() ?? ask(at)).page;
    at = page.scannedTo;
    // Where the pages after the next one begin is a guess, namely that each is full. Large events make a page
    // shorter.
    const isGuessed = page.events.length === pageEventsMax;
    asked = asked.filter((one, index) => Number(one.after) === at + index * pageEventsMax);
    // Nothing is asked for beyond the head: by the time it is wanted, more may have come.
    while (asked.length < (isGuessed ? aheadMax : 1)) {
      const next = at + asked.length * pageEventsMax;
      if (next >= page.head) break;
      asked.push(ask(position(next)));
    }
    yield page;
  }
}
