/**
 * Writes the orders of each page and the checkpoint in one transaction, so that the rows are exact whatever the broker
 * does. An event that cannot be folded becomes a dead letter in that same transaction; its row is marked stale and the
 * rest of its stream is left alone until `refoldParked` folds it again.
 */
import {
  type Incarnation,
  type OrderId,
  orderIdOf,
  type Position,
  position,
  type RecordedEvent,
} from '@eventstream/contracts';
import { hasEnded } from '@eventstream/domain';
import { counter, failpoint } from '@eventstream/platform';
import type { Sql, SqlSession } from '@eventstream/platform/sql';
import { type Checkpoint, type LogSink, type SinkOutcome, workOf } from '@eventstream/worker';
import { insertDeadLetter } from '@eventstream/worker/sql';
import { type FoldedOrder, ordersOf, type Projected, projectOrders } from '../project-orders.ts';
import { insertFolded, markStale, selectStored, updateFolded } from './order-rows.ts';
import { type Generation, liveGeneration, moveCheckpoint } from './projections.ts';

/** The name under which the projection's dead letters stand. */
export const projectorName = 'querymodelworker';

/** Orders folded lately, kept so that most pages need no read: an order's events come within seconds of each other. */
const recentOrdersMax = 20_000;

const projectedEvents = counter('read_model_events_total', 'Events folded into the read model');
const deadLetters = counter('read_model_dead_letters_total', 'Events that the read model could not fold');

/** The sink of the live generation, or of one that is being built. */
export function orderSink(sql: Sql, building?: Generation): LogSink {
  return new OrderSink(sql, building);
}

class OrderSink implements LogSink {
  readonly name = projectorName;
  readonly #sql: Sql;
  readonly #building: bigint | undefined;
  #generation: bigint | undefined;
  #recent = new Map<OrderId, FoldedOrder>();

  constructor(sql: Sql, building: Generation | undefined) {
    this.#sql = sql;
    this.#building = building?.generation;
    this.#generation = building?.generation;
  }

  /** Readers that cannot wait say which position they want. */
  mayWait(): boolean {
    return true;
  }

  async checkpoint(): Promise<Checkpoint> {
    // Asked at the start and after another was faster: what is remembered may be out of date.
    this.#recent = new Map();
    const found = await this.#current();
    this.#generation = found.generation;
    return { position: found.position, incarnation: found.incarnation };
  }

  async apply(events: readonly RecordedEvent[], incarnation: Incarnation): Promise<SinkOutcome> {
    const first = events[0];
    const last = events.at(-1);
    if (!first || !last) return { kind: 'committed' };
    const generation = this.#generation ?? (await this.#current()).generation;
    const move = { from: position(first.position - 1), to: last.position, incarnation };
    const projected = await this.#sql.transaction((tx) => this.#write(tx, generation, events, move), {
      // Repeated after an unknown commit, it finds the checkpoint moved and changes nothing.
      onUnknownCommit: 'retry',
    });
    failpoint('projector.afterCommit');
    if (!projected) return { kind: 'moved' };
    this.#remember(projected);
    projectedEvents.inc(events.length);
    deadLetters.inc(projected.poison.length);
    return { kind: 'committed' };
  }

  async #current(): Promise<Generation> {
    if (this.#building === undefined) return liveGeneration(this.#sql);
    const [row] = await this.#sql.query<{ position: bigint }>(
      'select position from projections where generation = $1',
      [this.#building],
    );
    return { generation: this.#building, position: position(row?.position ?? 0n), incarnation: undefined };
  }

  async #write(
    tx: SqlSession,
    generation: bigint,
    events: readonly RecordedEvent[],
    move: { readonly from: Position; readonly to: Position; readonly incarnation: Incarnation },
  ): Promise<Projected | undefined> {
    if (!(await moveCheckpoint(tx, generation, move))) return undefined;
    const { known, parked } = await this.#knownOrders(tx, generation, events);
    const projected = projectOrders(events, known, parked);
    const changed = [...projected.changed.values()];
    const isCreated = ({ order }: FoldedOrder): boolean => projected.created.has(order.details.orderId);
    await insertFolded(tx, generation, changed.filter(isCreated));
    await updateFolded(
      tx,
      generation,
      changed.filter((order) => !isCreated(order)),
    );
    for (const { event, error } of projected.poison)
      await insertDeadLetter(tx, {
        ...workOf(event),
        consumer: projectorName,
        reason: error.message,
        stack: error.stack,
        attempts: 1,
      });
    await markStale(
      tx,
      generation,
      projected.poison.flatMap(({ event }) => orderIdOf(event.stream) ?? []),
    );
    failpoint('projector.beforeCommit');
    return projected;
  }

  /** The orders of a page as they were before it, and the streams that wait for a redrive. */
  async #knownOrders(
    tx: SqlSession,
    generation: bigint,
    events: readonly RecordedEvent[],
  ): Promise<{ known: ReadonlyMap<OrderId, FoldedOrder>; parked: ReadonlySet<string> }> {
    const born = new Set(events.filter((event) => event.revision === 1).map((event) => event.stream));
    const known = new Map<OrderId, FoldedOrder>();
    const unknown = new Set<OrderId>();
    for (const id of ordersOf(events)) {
      const recent = this.#recent.get(id);
      if (recent) known.set(id, recent);
      else unknown.add(id);
    }
    const toRead = events.filter((event) => !born.has(event.stream)).flatMap((event) => orderIdOf(event.stream) ?? []);
    const wanted = [...new Set(toRead)].filter((id) => unknown.has(id));
    const stored = await selectStored(tx, generation, wanted);
    const parked = new Set<string>();
    for (const [id, { folded, isStale }] of stored) {
      if (isStale) parked.add(`order-${id}`);
      else known.set(id, folded);
    }
    // An order without a row whose birth is not in this page: its first event is a dead letter.
    for (const id of wanted) if (!stored.has(id) && (await isDeadLetter(tx, id))) parked.add(`order-${id}`);
    return { known, parked };
  }

  #remember(projected: Projected): void {
    for (const [id, folded] of projected.changed) {
      this.#recent.delete(id);
      // Nothing follows an end.
      if (!hasEnded(folded.order)) this.#recent.set(id, folded);
    }
    for (const { event } of projected.poison) {
      const id = orderIdOf(event.stream);
      if (id) this.#recent.delete(id);
    }
    for (const id of this.#recent.keys()) {
      if (this.#recent.size <= recentOrdersMax) break;
      this.#recent.delete(id);
    }
  }
}

async function isDeadLetter(tx: SqlSession, id: OrderId): Promise<boolean> {
  const rows = await tx.query(
    `select 1 from dead_letters where consumer = $1 and stream = $2 and state <> 'redriven' limit 1`,
    [projectorName, `order-${id}`],
  );
  return rows.length > 0;
}
