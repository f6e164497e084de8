/**
 * The event store as the console reads it: few questions at once, and none waits long. However many pages are open, the
 * store has no more of the console's questions in hand than this, and appends share it with nobody else.
 */
import type { EventReader } from '@eventstream/event-store';
import { CodedError } from '@eventstream/platform';

/** How much at once, and how many may wait for their turn. */
export interface ReaderBounds {
  readonly atOnce: number;
  readonly waiting: number;
}

/** The bounds that the console keeps. */
export const readerBounds: ReaderBounds = { atOnce: 4, waiting: 100 };

/** The reader within its bounds; one question too many is refused with `console_busy`. */
export function boundedReader(store: EventReader, bounds: ReaderBounds = readerBounds): EventReader {
  const turn = turnstile(bounds);
  return {
    readStream: (...asked) => turn(() => store.readStream(...asked)),
    readLog: (...asked) => turn(() => store.readLog(...asked)),
    head: (log) => turn(() => store.head(log)),
  };
}

function turnstile({ atOnce, waiting }: ReaderBounds): <T>(work: () => Promise<T>) => Promise<T> {
  const queue: (() => void)[] = [];
  let inside = 0;
  return async (work) => {
    if (inside >= atOnce) {
      if (queue.length >= waiting)
        throw new CodedError('console_busy', 'the console asks as much of the event store as it may', {
          nextStep: 'try again in a second, with fewer pages open',
        });
      // Whoever leaves hands the place over, so that `inside` never counts one too few.
      await new Promise<void>((enter) => queue.push(enter));
    } else inside += 1;
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next === undefined) inside -= 1;
      else next();
    }
  };
}
