/** What the databases of a world hold, as the verification reads it: the sources of `eventstream verify`, in memory. */

import {
  nowhere,
  orderStream,
  ordersLog,
  type Position,
  type RecordedEvent,
  type StreamName,
} from '@eventstream/contracts';
import { pageEventsMax } from '@eventstream/event-store';
import type { Keyed, SetAsideEvidence, VerificationSources } from '@eventstream/verification';
import type { Databases } from '../world/databases.ts';

/** Consumers that keep a mark. */
export const markedConsumers = [
  'paymentworker-created',
  'paymentworker-paymentvoidrequested',
  'reviewworker-paymentdebited',
] as const;

const lettersMax = 1_000;

/** Every event of the log; a world has a few dozen. */
export async function wholeLog({ store }: Databases): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for (let at: Position = nowhere; ; ) {
    const page = await store.readLog(ordersLog, at, { limit: pageEventsMax });
    events.push(...page.events);
    if (page.scannedTo >= page.head) return events;
    at = page.scannedTo;
  }
}

/** The sources. */
export function memorySources(databases: Databases): VerificationSources {
  const { store, ledger, intents, sagas, orders, books } = databases;
  return {
    async progress() {
      const marks = new Map<string, Position>();
      for (const consumer of markedConsumers) {
        const mark = await ledger.ledger.loadMark(consumer, ordersLog);
        if (mark !== undefined) marks.set(consumer, mark.position);
      }
      return {
        readModel: (await orders.sink.checkpoint()).position,
        sagas: (await sagas.checkpoint()).position,
        marks,
        // A world has one life, and is looked at while nothing moves.
        lives: new Map(),
        asOf: new Date(0),
      };
    },
    setAside: () => setAside(databases),
    async density() {
      const events = await wholeLog(databases);
      const head = await store.head(ordersLog);
      return {
        head: head.position,
        incarnation: head.incarnation,
        count: events.length,
        first: events[0]?.position ?? nowhere,
        last: events.at(-1)?.position ?? nowhere,
        repeatedId: undefined,
      };
    },
    forbiddenRights: async () => [],
    async missing(_log, streams) {
      const known = new Set((await wholeLog(databases)).map(({ stream }) => stream));
      return streams.filter((stream) => !known.has(stream));
    },
    async *streams(_log, upTo) {
      const events = (await wholeLog(databases)).filter(({ position }) => position <= upTo);
      yield* sorted([...Map.groupBy(events, ({ stream }) => stream)]);
    },
    generation: async () => 1n,
    async *rows() {
      yield* sorted(orders.rows().map((row) => [orderStream(row.folded.order.details.orderId), row] as const));
    },
    async *payments() {
      yield* sorted([...books.evidence()].map(([id, payment]) => [orderStream(id), payment] as const));
    },
    async *intents() {
      yield* sorted(
        [...intents.states].map(([id, state]) => {
          const { amount, payer = '' } = intents.rows.get(id) ?? {};
          const { minor: amountMinor = 0n, currency = '' } = amount ?? {};
          return [orderStream(id), { state, amountMinor, currency, payer, isSettled: true }] as const;
        }),
      );
    },
    async *sagas() {
      const { sagas: entries } = await sagas.list({ limit: 1_000 });
      yield* sorted(
        entries.map(({ row, isStuck }) => {
          const status = row.state?.status ?? 'running';
          const { stream, seenRevision: revision, next, fault } = row;
          return [stream, { status, revision, next, isScheduled: true, hasFault: fault !== null, isStuck }] as const;
        }),
      );
    },
  };
}

async function setAside({ ledger }: Databases): Promise<ReadonlyMap<StreamName, readonly SetAsideEvidence[]>> {
  const letters = await ledger.desk.list({ limit: lettersMax });
  const aside = [
    ...letters
      .filter(({ state }) => state !== 'redriven')
      .map((letter) => ({
        ...letter,
        kind: letter.state === 'discarded' ? ('discarded' as const) : ('dead letter' as const),
      })),
    ...ledger.waiting().map((row) => ({ ...row, kind: 'retry' as const })),
  ];
  return Map.groupBy(
    aside.map(({ stream, consumer, eventId, position, kind }) => ({ stream, consumer, eventId, position, kind })),
    ({ stream }) => stream,
  );
}

function sorted<T>(entries: readonly (readonly [string, T])[]): Keyed<T>[] {
  return entries.map(([key, value]) => ({ key, value })).toSorted((a, b) => (a.key < b.key ? -1 : 1));
}
