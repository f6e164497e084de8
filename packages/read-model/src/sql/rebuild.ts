/**
 * Rebuilds the read model beside the live one: a new generation is folded from position 1, and takes the live one's
 * place in one transaction once it has caught up, never backwards. Readers notice nothing.
 */
import { type LogName, nowhere, type Position } from '@eventstream/contracts';
import { type EventReader, pagesAhead } from '@eventstream/event-store';
import type { Sql } from '@eventstream/platform/sql';
import { orderSink } from './order-sink.ts';
import { beginGeneration, deleteRetired, swapGeneration } from './projections.ts';

/** What a rebuild needs. */
export interface RebuildOptions {
  readonly sql: Sql;
  readonly store: EventReader;
  readonly log: LogName;
  readonly onProgress?: (done: Position, of: Position) => void;
}

/** Folds the whole log anew and swaps. Resolves with the position at the swap; rejects, with the live rows untouched. */
export async function rebuildReadModel({ sql, store, log, onProgress }: RebuildOptions): Promise<Position> {
  const building = await beginGeneration(sql);
  const sink = orderSink(sql, building);
  let at = nowhere;
  for await (const page of pagesAhead(store, log, at)) {
    if (page.events.length > 0) {
      await sink.apply(page.events, page.incarnation);
      at = page.scannedTo;
      onProgress?.(at, page.head);
    }
    if (at < page.head) continue;
    const swap = await swapGeneration(sql, building.generation);
    if (swap.kind === 'swapped') break;
  }
  await deleteRetired(sql);
  return at;
}
