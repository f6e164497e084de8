/**
 * Rebuilds the read model beside the live one: a new generation is folded from position 1, and takes the live one's
 * place in one transaction once it has caught up, never backwards. Readers notice nothing: the rows that it replaces stay
 * for whoever is reading them, until the next rebuild.
 */
import { type LogName, nowhere, type Position } from '@eventstream/contracts';
import { type EventReader, pagesAhead } from '@eventstream/event-store';
import { CodedError } from '@eventstream/platform';
import type { Sql } from '@eventstream/platform/sql';
import type { LogSink } from '@eventstream/worker';
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
  await deleteRetired(sql);
  const sink = orderSink(sql, building);
  let at = nowhere;
  for await (const page of pagesAhead(store, log, at)) {
    if (page.events.length > 0) {
      const outcome = await sink.apply(page.events, page.incarnation);
      if (outcome.kind === 'moved') await mustHaveCome(sink, page.scannedTo);
      at = page.scannedTo;
      onProgress?.(at, page.head);
    }
    if (at < page.head) continue;
    const swap = await swapGeneration(sql, building.generation);
    if (swap.kind === 'swapped') break;
  }
  return at;
}

/**
 * Throws unless the checkpoint is at the page's end, where it is when the page was committed and the answer lost.
 * Otherwise later pages would be folded onto orders that lack this one.
 */
async function mustHaveCome(sink: LogSink, to: Position): Promise<void> {
  const { position } = await sink.checkpoint();
  if (position === to) return;
  throw new CodedError(
    'read_model_rebuild_interrupted',
    `the new generation is at ${position} and does not take ${to}`,
    {
      details: { position, to },
      nextStep: 'another rebuild was started, or the log began another life: let that finish, then rebuild again',
    },
  );
}
