/**
 * Folds a parked order again from the store, when somebody has asked for its dead letter to be redriven.
 * Meanwhile the sink leaves the order alone (its row is stale). Events that arrive between the read and the write are
 * found by reading once more: the row is good when the store has nothing newer that the checkpoint has passed.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { orderIdOf, ordersLog, type StreamName, streamName } from '@eventstream/contracts';
import { type EventReader, loadStream } from '@eventstream/event-store';
import { type Log, messageOf, type Service } from '@eventstream/platform';
import type { Sql } from '@eventstream/platform/sql';
import { workOf } from '@eventstream/worker';
import { insertDeadLetter } from '@eventstream/worker/sql';
import { type FoldedOrder, foldOne } from '../project-orders.ts';
import { projectorName } from './order-sink.ts';
import { insertFolded, updateFolded } from './order-rows.ts';
import { liveGeneration } from './projections.ts';

/** What the refolding needs. */
export interface RefoldOptions {
  readonly sql: Sql;
  readonly store: EventReader;
  readonly log: Log;
  /** How often to look for requests, in milliseconds. */
  readonly everyMs: number;
}

const requestsMax = 100;
const roundsMax = 10;

/** Looks for redrive requests until stopped. */
export function refoldParked(options: RefoldOptions): Service {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  return {
    name: 'redrive of parked orders',
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
  while (!signal.aborted) {
    try {
      for (const stream of await requestedStreams(options.sql)) await refoldStream(options, stream);
    } catch (error) {
      options.log.warn({ err: error }, `redriving parked orders failed and is tried again: ${messageOf(error)}`);
    }
    // Ends early, by rejecting, when the process stops.
    await wait(options.everyMs, undefined, { signal }).catch(() => undefined);
  }
}

async function requestedStreams(sql: Sql): Promise<readonly StreamName[]> {
  const rows = await sql.query<{ stream: string }>(
    `select distinct stream from dead_letters where consumer = $1 and state = 'redriveRequested' limit ${requestsMax}`,
    [projectorName],
  );
  return rows.map((row) => streamName(row.stream));
}

/** Folds one stream again; a fold that fails opens the dead letter anew. */
export async function refoldStream({ sql, store, log }: RefoldOptions, stream: StreamName): Promise<void> {
  for (let round = 0; round < roundsMax; round += 1) {
    const events = await loadStream(store, ordersLog, stream);
    let folded: FoldedOrder | undefined;
    for (const event of events) {
      try {
        folded = foldOne(folded, event);
      } catch (error) {
        const stack = error instanceof Error ? error.stack : undefined;
        await insertDeadLetter(sql, {
          ...workOf(event),
          consumer: projectorName,
          reason: messageOf(error),
          stack,
          attempts: 1,
        });
        return;
      }
    }
    const id = orderIdOf(stream);
    if (!folded || !id) return;
    const written = folded;
    const { generation } = await liveGeneration(sql);
    await sql.transaction(
      async (tx) => {
        const rows = await tx.query<{ revision: bigint }>(
          'select revision from orders where generation = $1 and orderid = $2 for update',
          [generation, id],
        );
        if (rows.length === 0) await insertFolded(tx, generation, [written]);
        else await updateFolded(tx, generation, [written]);
        await tx.execute(
          `update dead_letters set state = 'redriven', last_at = now() where consumer = $1 and stream = $2`,
          [projectorName, stream],
        );
      },
      { onUnknownCommit: 'retry' },
    );
    if (await isComplete(sql, store, stream, generation)) {
      log.info({ stream, revision: written.revision }, 'a parked order was folded again');
      return;
    }
  }
}

/** Whether the row has everything of the stream that the checkpoint has passed. */
async function isComplete(sql: Sql, store: EventReader, stream: StreamName, generation: bigint): Promise<boolean> {
  const reached = (await liveGeneration(sql)).position;
  const events = await loadStream(store, ordersLog, stream);
  const last = events.filter((event) => event.position <= reached).at(-1);
  const rows = await sql.query<{ revision: bigint }>(
    'select revision from orders where generation = $1 and orderid = $2',
    [generation, orderIdOf(stream)],
  );
  return last === undefined || Number(rows[0]?.revision ?? 0n) >= last.revision;
}
