/**
 * Rebuilds the read model beside the live one: a new generation is folded from position 1, and takes the live one's
 * place in one transaction once it has caught up, never backwards. Readers notice nothing: the rows that it replaces stay
 * for whoever is reading them, until the next rebuild.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { type LogName, nowhere, type Position } from '@eventstream/contracts';
import { type EventReader, pagesAhead } from '@eventstream/event-store';
import { CodedError } from '@eventstream/platform';
import type { Sql } from '@eventstream/platform/sql';
import { type OrderSink, orderSink, type PreparedPage } from './order-sink.ts';
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
  /** Whether the page before is written: the next one is prepared meanwhile. */
  let written: Promise<void> = Promise.resolve();
  for await (const page of pagesAhead(store, log, at)) {
    if (page.events.length > 0) {
      const next = sink.prepare(page);
      await written;
      onProgress?.(at, page.head);
      written = write(sink, next, page.scannedTo);
      written.catch(() => {}); // thrown when it is waited for; until then nobody listens
      at = page.scannedTo;
      // The statement is not sent before the event loop comes round. Preparing another first would leave the database without work.
      await turn();
      // The next one is folded onto what it leaves, which is not known before.
      if (next.folded === undefined) await written;
    }
    if (at < page.head) continue;
    await written;
    onProgress?.(at, page.head);
    if (await swapGeneration(sql, building.generation)) break;
  }
  return at;
}

/** Writes a page. Throws unless it is stored then, by this or by a statement whose answer was lost. */
async function write(sink: OrderSink, page: PreparedPage, to: Position): Promise<void> {
  const outcome = await sink.write(page);
  if (outcome.kind === 'moved') await mustHaveCome(sink, to);
}

/**
 * Throws unless the checkpoint is at the page's end, where it is when the page was committed and the answer lost.
 * Otherwise later pages would be folded onto orders that lack this one.
 */
async function mustHaveCome(sink: OrderSink, to: Position): Promise<void> {
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
