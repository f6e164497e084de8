/**
 * Many callers that append: each to a stream of its own, three events one after the other, as an order's are. Every answer is
 * kept and compared with the log afterwards: positions without a hole, revisions 1, 2, 3, each id once.
 */
import {
  type EventId,
  eventId,
  eventType,
  metadataKeys,
  noRevision,
  ordersLog,
  revision,
  type StreamName,
  streamName,
} from '@eventstream/contracts';
import type { AppendOutcome, EventAppender, Write } from '@eventstream/event-store';
import { newId } from '@eventstream/platform';
import type { Sql } from '@eventstream/platform/sql';
import { check, warmUpOperations } from '../harness/contender.ts';
import { orderJson } from './order-payload.ts';

/** How the callers behave. */
export interface AppendLoadOptions {
  /** Callers are spread over these. */
  readonly stores: readonly EventAppender[];
  readonly callers: number;
  /** From the answer on that ends the warm-up. */
  readonly seconds: number;
  /** One in ten writes with a wrong expected revision, one in ten repeats an earlier id. */
  readonly mixed: boolean;
}

/** What came of it. */
export interface AppendLoad {
  /** Answers of every kind within the measured time, by the second. */
  readonly perSecond: number;
  /** Of everything, warm-up included. */
  readonly stored: number;
  readonly conflicts: number;
  readonly repeats: number;
}

const type = eventType('ORDERS.created');
const eventsPerStream = 3;

/** Runs the callers; each answer must be the one that its write deserves. */
export async function appendLoad(options: AppendLoadOptions): Promise<AppendLoad> {
  const { stores, callers, seconds, mixed } = options;
  let untilMs = Number.POSITIVE_INFINITY;
  let [warmedUp, answered, stored, conflicts, repeats] = [0, 0, 0, 0, 0];
  const caller = async (store: EventAppender, number: number): Promise<void> => {
    let turn = number;
    while (performance.now() < untilMs) {
      const stream = streamName(`order-${newId()}`);
      for (let seen = 0; seen < eventsPerStream && performance.now() < untilMs; seen += 1) {
        const id = eventId(newId());
        const write = oneEvent(stream, seen, id);
        await answer(store.append(write), (outcome) => isStored(outcome, seen + 1, false));
        stored += 1;
        turn += 1;
        // One in eight, twice, beside eight that are new: a tenth of all writes each.
        if (mixed && turn % 8 === 0) {
          await answer(store.append(oneEvent(stream, seen, eventId(newId()))), ({ kind }) => kind === 'conflict');
          conflicts += 1;
          await answer(store.append(write), (outcome) => isStored(outcome, seen + 1, true));
          repeats += 1;
        }
      }
    }
  };
  const answer = async (outcome: Promise<AppendOutcome>, isRight: (outcome: AppendOutcome) => boolean) => {
    const got = await outcome;
    check(isRight(got), `an append was answered ${JSON.stringify(got)}`);
    const now = performance.now();
    if (warmedUp < warmUpOperations) {
      warmedUp += 1;
      if (warmedUp === warmUpOperations) untilMs = now + seconds * 1000;
    } else if (now < untilMs) answered += 1;
  };
  await Promise.all(
    Array.from({ length: callers }, (_, number) => {
      const store = stores[number % stores.length];
      if (store === undefined) throw new Error('there is no store to append to');
      return caller(store, number);
    }),
  );
  return { perSecond: answered / seconds, stored, conflicts, repeats };
}

/** Holds the log against what was answered. Throws what is wrong. */
export async function checkLog(sql: Sql, stored: number): Promise<void> {
  const [log] = await sql.query<{ count: bigint; last: bigint; head: bigint; ids: bigint }>(
    `select count(*) as count, max(position) as last, count(distinct event_id) as ids,
       (select position from log_heads where log = $1) as head from events where log = $1`,
    [ordersLog],
  );
  const found = `${log?.count} events, last position ${log?.last}, head ${log?.head}, ${log?.ids} ids`;
  const all = BigInt(stored);
  check(
    log?.count === all && log.last === all && log.head === all && log.ids === all,
    `${stored} events were acked, the log has ${found}`,
  );
  const [streams] = await sql.query<{ wrong: bigint }>(
    `select count(*) as wrong from (select 1 from events group by stream having count(*) <> max(revision) or min(revision) <> 1) as broken`,
  );
  check(streams?.wrong === 0n, `${streams?.wrong} streams have revisions that are not 1..k`);
}

function oneEvent(stream: StreamName, seen: number, id: EventId): Write {
  const event = {
    id,
    type,
    data: Buffer.from(orderJson(seen)),
    metadata: { [metadataKeys.schemaVersion]: '1', [metadataKeys.correlationId]: stream },
  };
  return { log: ordersLog, streams: [{ stream, expected: seen === 0 ? noRevision : revision(seen), events: [event] }] };
}

function isStored(outcome: AppendOutcome, wanted: number, repeated: boolean): boolean {
  return outcome.kind === 'appended' && outcome.repeated === repeated && outcome.events[0].revision === wanted;
}
