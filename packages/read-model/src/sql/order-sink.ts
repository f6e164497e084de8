/**
 * Writes the orders of each page together with the checkpoint, so that the rows are exact whatever the broker does: a
 * usual page in one statement, and one that needs more than what is remembered in a transaction. An event that cannot
 * be folded becomes a dead letter in that same transaction; its row is marked stale and the rest of its stream is left
 * alone until `refoldParked` folds it again.
 */
import {
  type Incarnation,
  type OrderId,
  orderIdOf,
  orderStream,
  position,
  type RecordedEvent,
  type StreamName,
} from '@eventstream/contracts';
import { hasEnded } from '@eventstream/domain';
import { counter, failpoint } from '@eventstream/platform';
import type { Sql, SqlSession } from '@eventstream/platform/sql';
import { type Checkpoint, type LogSink, RecentStates, type SinkOutcome, workOf } from '@eventstream/worker';
import { insertUndecided } from '@eventstream/worker/sql';
import { type FoldedOrder, type Projected, projectOrders } from '../project-orders.ts';
import { type CheckpointMove, type PageRows, pageRows, pageValues, writePage } from './order-page.ts';
import { markStale, selectStored } from './order-rows.ts';
import { projectorName } from './parked-letters.ts';
import { type Generation, holdGeneration, liveGeneration } from './projections.ts';

const projectedEvents = counter('read_model_events_total', 'Events folded into the read model');
const deadLetters = counter('read_model_dead_letters_total', 'Events that the read model could not fold');

/** The sink of the live generation, or of one that is being built. */
export function orderSink(sql: Sql, building?: Generation): OrderSink {
  return new OrderSink(sql, building);
}

/** A page as it was read: at least one event, each at the position after the one before. */
interface ReadPage {
  readonly events: readonly RecordedEvent[];
  readonly incarnation: Incarnation;
}

/** A page that was folded onto what is remembered, ready to be sent. Without `folded` that needs what is stored, too. */
export interface PreparedPage extends ReadPage {
  readonly folded: { readonly projected: Projected; readonly rows: PageRows } | undefined;
}

/** A page of the log for one generation. */
interface Page {
  readonly generation: bigint;
  readonly events: readonly RecordedEvent[];
  readonly move: CheckpointMove;
}

/**
 * `apply` is `prepare` and `write`. Who has the next page already may prepare it while the last one is being written; pages
 * are written one after the other.
 */
export class OrderSink implements LogSink {
  readonly name = projectorName;
  readonly #sql: Sql;
  readonly #building: bigint | undefined;
  #generation: bigint | undefined;
  /** Open orders that are not parked. Each page's checkpoint proves that nobody else has written. */
  readonly #recent = new RecentStates<OrderId, FoldedOrder>(orderIdOf);

  constructor(sql: Sql, building: Generation | undefined) {
    this.#sql = sql;
    this.#building = building?.generation;
    this.#generation = building?.generation;
  }

  /** Always: a reader that cannot wait names the position it wants, and is answered when that is reached. */
  mayWait(): boolean {
    return true;
  }

  async checkpoint(): Promise<Checkpoint> {
    // Asked at the start and after another was faster: what is remembered may be out of date.
    this.#recent.forget();
    const found = await this.#current();
    this.#generation = found.generation;
    return { position: found.position, incarnation: found.incarnation };
  }

  async apply(events: readonly RecordedEvent[], incarnation: Incarnation): Promise<SinkOutcome> {
    return this.write(this.prepare({ events, incarnation }));
  }

  /**
   * Folds a page and remembers at once what comes of it, so that the next can be prepared. What cannot be written is
   * forgotten again. A page without `folded` has to be written before another is prepared.
   */
  prepare(page: ReadPage): PreparedPage {
    const { known, unknown } = this.#recent.split(page.events);
    if (unknown.length > 0) return { ...page, folded: undefined };
    const projected = projectOrders(page.events, known, new Set());
    if (projected.poison.length > 0) return { ...page, folded: undefined };
    this.#remember(projected);
    return { ...page, folded: { projected, rows: pageRows(projected) } };
  }

  /** Commits a page that was prepared, as `apply` promises. */
  async write({ events, incarnation, folded }: PreparedPage): Promise<SinkOutcome> {
    const first = events[0];
    const last = events.at(-1);
    if (!first || !last) return { kind: 'committed' };
    try {
      const generation = this.#generation ?? (await this.#current()).generation;
      const move = { from: position(first.position - 1), to: last.position, incarnation };
      const page = { generation, events, move };
      const written = folded ? await this.#writeUsual(page, folded) : await this.#writeUnusual(page);
      failpoint('projector.afterCommit');
      if (!written) {
        // Something has moved the checkpoint, maybe this very page, and what is remembered is from before that.
        this.#recent.forget();
        return { kind: 'moved' };
      }
      projectedEvents.inc(events.length);
      deadLetters.inc(written.poison.length);
      return { kind: 'committed' };
    } catch (error) {
      // The page may have been refused because of what is remembered, so the next try reads what is stored.
      this.#recent.forget();
      throw error;
    }
  }

  #remember({ changed, poison }: Projected): void {
    // Nothing follows an end.
    for (const [id, folded] of changed) this.#recent.remember(id, hasEnded(folded.order) ? undefined : folded);
    for (const { event } of poison) {
      const id = orderIdOf(event.stream);
      if (id !== undefined) this.#recent.remember(id, undefined);
    }
  }

  async #current(): Promise<Generation> {
    if (this.#building === undefined) return liveGeneration(this.#sql);
    const [row] = await this.#sql.query<{ position: bigint }>(
      'select position from projections where generation = $1',
      [this.#building],
    );
    return { generation: this.#building, position: position(row?.position ?? 0n), incarnation: undefined };
  }

  /** What the page did; undefined, and nothing is changed, when the checkpoint is not where it begins. */
  async #writeUsual(page: Page, folded: NonNullable<PreparedPage['folded']>): Promise<Projected | undefined> {
    failpoint('projector.beforeCommit');
    const written = await this.#sql.queryIdempotent(writePage, pageValues({ ...page, rows: folded.rows }));
    return written.length === 1 ? folded.projected : undefined;
  }

  /** The same, of a page that is folded onto what is stored. */
  async #writeUnusual(page: Page): Promise<Projected | undefined> {
    const recent = this.#recent.split(page.events);
    const projected = await this.#sql.transaction((tx) => writeUnusual(tx, page, recent), {
      // Repeated after an unknown commit, it finds the checkpoint moved and changes nothing.
      onUnknownCommit: 'retry',
    });
    if (projected) this.#remember(projected);
    return projected;
  }
}

/** Writes a page some of whose orders have to be read, or some of whose events cannot be folded. */
async function writeUnusual(
  tx: SqlSession,
  page: Page,
  recent: { readonly known: ReadonlyMap<OrderId, FoldedOrder>; readonly unknown: readonly OrderId[] },
): Promise<Projected | undefined> {
  // Held before anything is read: a redrive writes the row of a parked order while it holds the generation.
  if (!(await holdGeneration(tx, page.generation))) return undefined;
  const { stored, parked } = await readOrders(tx, page.generation, recent.unknown);
  const projected = projectOrders(page.events, new Map([...recent.known, ...stored]), parked);
  const written = await tx.query(writePage, pageValues({ ...page, rows: pageRows(projected) }));
  if (written.length === 0) return undefined;
  for (const { event, error } of projected.poison)
    await insertUndecided(tx, {
      ...workOf(event),
      consumer: projectorName,
      reason: error.message,
      stack: error.stack,
      attempts: 1,
    });
  await markStale(
    tx,
    page.generation,
    projected.poison.flatMap(({ event }) => orderIdOf(event.stream) ?? []),
  );
  failpoint('projector.beforeCommit');
  return projected;
}

/** Orders as they are stored, and the streams among them that wait for a redrive. */
async function readOrders(
  tx: SqlSession,
  generation: bigint,
  ids: readonly OrderId[],
): Promise<{ stored: ReadonlyMap<OrderId, FoldedOrder>; parked: ReadonlySet<StreamName> }> {
  const rows = await selectStored(tx, generation, ids);
  const stored = new Map<OrderId, FoldedOrder>();
  const parked = new Set<StreamName>();
  for (const id of ids) {
    const row = rows.get(id);
    if (row && !row.isStale) stored.set(id, row.folded);
    // Without a row either its first event is a dead letter, or there is a gap, which the fold will find.
    else if (row || (await isDeadLetter(tx, id))) parked.add(orderStream(id));
  }
  return { stored, parked };
}

async function isDeadLetter(tx: SqlSession, id: OrderId): Promise<boolean> {
  const rows = await tx.query(
    `select 1 from dead_letters where consumer = $1 and stream = $2 and state <> 'redriven' limit 1`,
    [projectorName, orderStream(id)],
  );
  return rows.length > 0;
}
