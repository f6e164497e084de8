/** Which position the log had at a time: found by halving, so that no index over times is needed. */
import { type LogName, nowhere, type Position, position } from '@eventstream/contracts';
import type { EventReader } from '@eventstream/event-store';

/**
 * The last position recorded before this time; 0 when all of the log is younger. Times are the database's at each commit:
 * they grow with the positions as far as its clock does, and where it was set back the answer is off by as much.
 */
export async function positionBefore(store: EventReader, log: LogName, timeMs: number): Promise<Position> {
  let [low, high] = [0, Number((await store.head(log)).position)];
  while (low < high) {
    const middle = Math.floor((low + high + 1) / 2);
    const page = await store.readLog(log, position(middle - 1), { limit: 1 });
    const [event] = page.events;
    if (event !== undefined && event.recordedAtMs < timeMs) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? nowhere : position(low);
}
