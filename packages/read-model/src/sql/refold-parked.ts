/**
 * Folds a parked order again from the store, when somebody has asked for its dead letter to be redriven.
 * Meanwhile the sink leaves the order alone (its row is stale), so an event that arrives between the read and the write
 * could be missing for ever: the row is written only while the checkpoint has not passed what was read.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { ordersLog, type Position, type RecordedEvent, type StreamName, streamName } from '@eventstream/contracts';
import { type EventReader, loadStream } from '@eventstream/event-store';
import { gauge, type Logger, messageOf, type Part, type Ready } from '@eventstream/platform';
import type { Sql } from '@eventstream/platform/sql';
import { type DryRunAnswer, workOf } from '@eventstream/worker';
import { answerDryRun, endDryRuns, insertDeadLetter, takeDryRun, unresolved } from '@eventstream/worker/sql';
import { type FoldedOrder, foldOne } from '../project-orders.ts';
import { pageRows, pageValues, writePage } from './order-page.ts';
import { selectStored } from './order-rows.ts';
import { projectorName } from './parked-letters.ts';
import { holdGeneration, liveGeneration } from './projections.ts';

/** What the refolding needs. */
export interface RefoldOptions {
  readonly sql: Sql;
  readonly store: EventReader;
  readonly logger: Logger;
  /** How often to look for requests, in milliseconds. */
  readonly everyMs: number;
}

const openDeadLetters = gauge('read_model_dead_letters_open', 'Orders parked by an event that could not be folded');

const requestsMax = 100;
const roundsMax = 10;

/** Looks for redrive requests until stopped. */
export function refoldParked(options: RefoldOptions): Part {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  return {
    name: 'redrive of parked orders',
    checks: [{ name: `${projectorName} dead letters`, optional: true, check: () => checkParked(options.sql) }],
    async start() {
      running = lookUntil(stopping.signal, options);
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

async function lookUntil(signal: AbortSignal, options: RefoldOptions): Promise<void> {
  let hasBegun = false;
  while (!signal.aborted) {
    try {
      if (!hasBegun) await endDryRuns(options.sql, projectorName);
      hasBegun = true;
      for (const stream of await requestedStreams(options.sql)) await refoldStream(options, stream);
      await answerDryRuns(options);
      openDeadLetters.set(await countOpen(options.sql));
    } catch (error) {
      options.logger.warn({ err: error }, `redriving parked orders failed and is tried again: ${messageOf(error)}`);
    }
    // Ends early, by rejecting, when the process stops.
    await wait(options.everyMs, undefined, { signal }).catch(() => undefined);
  }
}

async function countOpen(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ open: bigint }>(
    `select count(*) as open from dead_letters where consumer = $1 and state in ${unresolved}`,
    [projectorName],
  );
  return Number(row?.open ?? 0n);
}

async function checkParked(sql: Sql): Promise<Ready> {
  const open = await countOpen(sql);
  if (open === 0) return { ok: true };
  return {
    ok: false,
    reason:
      open === 1
        ? 'one order is parked by an event that cannot be folded; it is shown from the store, as stale'
        : `${open} orders are parked by an event that cannot be folded; they are shown from the store, as stale`,
    nextStep: `see what they are: \`npx eventstream dead-letters list --consumer ${projectorName}\``,
  };
}

async function requestedStreams(sql: Sql): Promise<readonly StreamName[]> {
  const rows = await sql.query<{ stream: string }>(
    `select distinct stream from dead_letters where consumer = $1 and state = 'redriveRequested' limit ${requestsMax}`,
    [projectorName],
  );
  return rows.map((row) => streamName(row.stream));
}

/** Folds one stream again; a fold that fails opens the dead letter anew. */
export async function refoldStream({ sql, store, logger }: RefoldOptions, stream: StreamName): Promise<void> {
  for (let round = 0; round < roundsMax; round += 1) {
    // Asked before the stream is read, so that the stream has everything up to here.
    const { position: readTo } = await store.head(ordersLog);
    const folded = await foldStream(sql, store, stream);
    if (!folded) return;
    if (await keepFolded(sql, { stream, folded, readTo })) {
      logger.info({ stream, revision: folded.revision }, 'a parked order was folded again');
      return;
    }
  }
}

/** The order as its whole stream says; undefined when an event cannot be folded, which is the stream's dead letter then. */
async function foldStream(sql: Sql, store: EventReader, stream: StreamName): Promise<FoldedOrder | undefined> {
  let folded: FoldedOrder | undefined;
  for (const event of await loadStream(store, ordersLog, stream)) {
    try {
      folded = foldOne(folded, event);
    } catch (error) {
      await stopAt(sql, event, error);
      return undefined;
    }
  }
  return folded;
}

/**
 * Makes the event at which the fold ended the stream's dead letter. It answers the request: the letters that were to be
 * redriven are no longer what holds the order up, and a request that stayed would be tried again for ever. If somebody
 * has discarded that event it stays discarded, and the letters that were to be redriven are open again, because nothing
 * else would show that the order is held up.
 */
async function stopAt(sql: Sql, event: RecordedEvent, error: unknown): Promise<void> {
  const stack = error instanceof Error ? error.stack : undefined;
  const reason = messageOf(error);
  await sql.transaction(async (tx) => {
    const letter = { ...workOf(event), consumer: projectorName, reason, stack, attempts: 1 };
    const isOpen = await insertDeadLetter(tx, letter);
    await tx.execute(
      `update dead_letters set state = $3, last_at = now()
       where consumer = $1 and stream = $2 and state = 'redriveRequested'`,
      [projectorName, event.stream, isOpen ? 'redriven' : 'open'],
    );
  });
}

/** Folds what somebody wants run dry, and writes nothing but the answer. */
async function answerDryRuns({ sql, store }: RefoldOptions): Promise<void> {
  for (let request = await takeDryRun(sql, projectorName); request; request = await takeDryRun(sql, projectorName))
    await answerDryRun(sql, request.id, await dryFold(store, request.work.stream));
}

/** What a redrive would make of a stream now. Rejects when the store does not answer. */
async function dryFold(store: EventReader, stream: StreamName): Promise<DryRunAnswer> {
  let folded: FoldedOrder | undefined;
  for (const event of await loadStream(store, ordersLog, stream)) {
    try {
      folded = foldOne(folded, event);
    } catch (error) {
      const stack = error instanceof Error ? error.stack : undefined;
      return { outcome: 'deadLetter', says: messageOf(error), stack, effects: [] };
    }
  }
  if (!folded) return { outcome: 'deadLetter', says: `the store has no ${stream}`, stack: undefined, effects: [] };
  const { order, revision } = folded;
  const effects = [`writes the row of ${stream} as ${order.status} at revision ${revision}`];
  return { outcome: 'done', says: 'the whole stream can be folded', stack: undefined, effects };
}

/**
 * Writes the row, as a page that does not move the checkpoint; answers whether it did. It does not when the checkpoint
 * has passed what was read: the sink may then have left out an event of this parked stream that the fold lacks as well.
 * Nor when the checkpoint has not reached the order yet (a rebuild that is ahead may have parked it), because the sink
 * will take the order for new. Holding the checkpoint keeps the sink where it is.
 */
async function keepFolded(
  sql: Sql,
  { stream, folded, readTo }: { stream: StreamName; folded: FoldedOrder; readTo: Position },
): Promise<boolean> {
  const { generation } = await liveGeneration(sql);
  return sql.transaction(
    async (tx) => {
      const live = await holdGeneration(tx, generation);
      if (live?.incarnation === undefined || live.position > readTo) return false;
      if (live.position < folded.createdPosition) return false;
      const id = folded.order.details.orderId;
      const created = (await selectStored(tx, generation, [id])).has(id) ? [] : [id];
      const move = { from: live.position, to: live.position, incarnation: live.incarnation };
      const rows = pageRows({ changed: new Map([[id, folded]]), created: new Set(created) });
      await tx.query(writePage, pageValues({ generation, move, rows }));
      await tx.execute(
        `update dead_letters set state = 'redriven', last_at = now()
         where consumer = $1 and stream = $2 and state in ${unresolved}`,
        [projectorName, stream],
      );
      return true;
    },
    { onUnknownCommit: 'retry' },
  );
}
