/**
 * Records what the seed's CreateEvent says: load the order, decide, append with the revision it was seen at, and again
 * when another writer was faster. A repetition is a success without another event.
 */
import {
  type Currency,
  metadataKeys,
  noRevision,
  orderStream,
  ordersLog,
  type RecordedEvent,
} from '@eventstream/contracts';
import { type EventAppender, type EventReader, loadStream } from '@eventstream/event-store';
import { winRace } from '@eventstream/orders';
import { type Clock, currentTraceparent, joinTrace } from '@eventstream/platform';
import { decideSeedEvent, MalformedSeedEvent, type SeedEvent } from './seed-event.ts';

/** What recording needs. */
export interface RecordSeedEventOptions {
  readonly store: EventAppender & EventReader;
  readonly clock: Clock;
  /** Of an order that comes without one. */
  readonly defaultCurrency: Currency;
}

/** What became of the event: `recorded` now or earlier, or refused by the rules of an order's life. */
export type SeedOutcome = { readonly kind: 'recorded' } | { readonly kind: 'refused'; readonly reason: string };

const recorded: SeedOutcome = { kind: 'recorded' };

/**
 * Records the event, unless that is done already.
 * Rejects with `MalformedSeedEvent`, the store's `StoreOverloaded` and `StoreUnavailable`, or `TooManyRaces`.
 */
export function recordSeedEvent(options: RecordSeedEventOptions, request: SeedEvent): Promise<SeedOutcome> {
  return winRace(request.orderId, async () => {
    const events = await loadStream(options.store, ordersLog, orderStream(request.orderId));
    // Programs written for the seed send no trace: what they record belongs to their order's.
    const traceparent = events.at(-1)?.metadata[metadataKeys.traceparent];
    return joinTrace(traceparent, 'seed event', () => tryOnce(options, request, events));
  });
}

/** Undefined: somebody was faster, and what may follow has to be decided again. */
async function tryOnce(
  { store, clock, defaultCurrency }: RecordSeedEventOptions,
  request: SeedEvent,
  events: readonly RecordedEvent[],
): Promise<SeedOutcome | undefined> {
  const surroundings = { defaultCurrency, nowMs: clock.nowMs(), traceparent: currentTraceparent() };
  const decision = decideSeedEvent(request, events, surroundings);
  if (decision.kind === 'already') return recorded;
  if (decision.kind === 'refused') return decision;
  const stream = orderStream(request.orderId);
  const expected = events.at(-1)?.revision ?? noRevision;
  const outcome = await store.append({ log: ordersLog, streams: [{ stream, expected, events: [decision.event] }] });
  switch (outcome.kind) {
    case 'appended':
      return recorded;
    case 'conflict':
      return undefined;
    case 'idReused':
      return { kind: 'refused', reason: `event ${outcome.eventId} is stored with other content` };
    case 'refused':
      throw new MalformedSeedEvent('event', outcome.message);
  }
}
