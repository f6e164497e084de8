/**
 * Load, decide, append: how every fact of an order gets into the log, whoever records it.
 * The append carries the revision the order was seen at; when another writer was faster, the order is loaded and
 * decided again. Ids are functions of the cause, so a repetition after a crash finds its own event.
 */
import {
  type EventId,
  encodeOrderEvent,
  eventId,
  isNonEmpty,
  type Metadata,
  metadataKeys,
  type NewEvent,
  type NonEmpty,
  type OrderEvent,
  type OrderId,
  orderSchemaVersion,
  orderStream,
  ordersLog,
  type Position,
  type Revision,
  typeOfKind,
} from '@eventstream/contracts';
import { decide, evolve, type Order, type Rejection } from '@eventstream/domain';
import type { AppendOutcome, EventAppender, EventReader } from '@eventstream/event-store';
import { CodedError, currentTraceparent, derivedId, joinTrace } from '@eventstream/platform';
import { loadOrder, type SeenOrder } from './load-order.ts';
import { winRace } from './win-race.ts';

/** What somebody wants to record. */
export interface Proposal {
  readonly orderId: OrderId;
  /** The event or request that leads to this; the new events' ids are derived from it. */
  readonly cause: EventId;
  /** Who records it, such as `paymentworker` or `customer`. */
  readonly actor: string;
  /** The facts to record, given the order and its revision; called again after a lost race. None: nothing to be done. */
  readonly facts: (order: Order, at: Revision) => readonly OrderEvent[];
  /** Metadata for one of the facts beside the usual, such as `within-ms`. */
  readonly extra?: (fact: OrderEvent) => Metadata;
  /** The order as the caller believes it to be; spares a read when right, costs one conflict when wrong. */
  readonly seen?: SeenOrder;
}

/** What became of a proposal. `seen` is the order with its revision after it. */
export type Recorded =
  | { readonly kind: 'recorded'; readonly seen: SeenOrder; readonly position: Position; readonly repeated: boolean }
  /** All of it was recorded before by somebody, or there was nothing to do. */
  | { readonly kind: 'already'; readonly seen: SeenOrder }
  | { readonly kind: 'rejected'; readonly rejection: Rejection; readonly seen: SeenOrder };

/**
 * Records facts of one order in one atomic write, or says why not.
 * Rejects with the store's `StoreOverloaded` and `StoreUnavailable`, or `TooManyRaces`; then the same call may be made again.
 */
export function recordFacts(store: EventAppender & EventReader, proposal: Proposal): Promise<Recorded> {
  let believed = proposal.seen;
  return winRace(proposal.orderId, async () => {
    const isBelieved = believed !== undefined;
    const seen = believed ?? (await loadOrder(store, proposal.orderId));
    believed = undefined;
    const recorded = await recordOn(store, proposal, seen);
    // What the caller believes may be out of date. Only the stored order can refuse, or show that nothing is left to do.
    return isBelieved && recorded?.kind !== 'recorded' ? undefined : recorded;
  });
}

/**
 * Judges the facts on the order as it was seen, and appends them at its revision. Undefined: the order has changed since,
 * or our id has other content (an earlier run decided otherwise), so it has to be decided again on the stored order.
 */
async function recordOn(store: EventAppender, proposal: Proposal, seen: SeenOrder): Promise<Recorded | undefined> {
  const judged = judge(seen, proposal.facts(seen.order, seen.revision));
  if (judged.kind === 'rejected') return { kind: 'rejected', rejection: judged.rejection, seen };
  const { facts, after } = judged;
  if (!isNonEmpty(facts)) return { kind: 'already', seen };
  const append = (): Promise<AppendOutcome> => appendFacts(store, proposal, seen, facts);
  // A later request, of a customer or of a person who reviews, continues the order's trace.
  const { traceparent } = seen;
  const outcome = await (traceparent ? joinTrace(traceparent, `order ${facts[0].kind}`, append) : append());
  switch (outcome.kind) {
    case 'appended': {
      const last = outcome.events.at(-1) ?? outcome.events[0];
      const { position, revision } = last;
      return { kind: 'recorded', seen: { ...seen, order: after, revision }, position, repeated: outcome.repeated };
    }
    case 'conflict':
    case 'idReused':
      return undefined;
    case 'refused':
      throw new CodedError(
        'fact_refused',
        `the store refused a fact of order ${proposal.orderId}: ${outcome.message}`,
        { details: { order: proposal.orderId, refusal: outcome.code } },
      );
  }
}

type Judged =
  | { readonly kind: 'allowed'; readonly facts: readonly OrderEvent[]; readonly after: Order }
  | { readonly kind: 'rejected'; readonly rejection: Rejection };

/** Decides the facts one after another, each on the order as the one before leaves it. */
function judge(seen: SeenOrder, facts: readonly OrderEvent[]): Judged {
  let order = seen.order;
  const allowed: OrderEvent[] = [];
  for (const fact of facts) {
    const decision = decide(order, fact);
    if (decision.kind === 'rejected') return decision;
    if (decision.kind === 'already') continue;
    order = evolve(order, decision.event);
    allowed.push(decision.event);
  }
  return { kind: 'allowed', facts: allowed, after: order };
}

function appendFacts(
  store: EventAppender,
  proposal: Proposal,
  seen: SeenOrder,
  facts: NonEmpty<OrderEvent>,
): Promise<AppendOutcome> {
  const toEvent = (fact: OrderEvent): NewEvent => ({
    id: eventId(derivedId(proposal.cause, fact.kind)),
    type: typeOfKind(fact.kind),
    data: encodeOrderEvent(proposal.orderId, fact),
    metadata: { ...factMetadata(proposal), ...proposal.extra?.(fact) },
  });
  const [first, ...rest] = facts;
  return store.append({
    log: ordersLog,
    streams: [
      {
        stream: orderStream(proposal.orderId),
        expected: seen.revision,
        events: [toEvent(first), ...rest.map(toEvent)],
      },
    ],
  });
}

/** What is noted with every fact of an order: its schema, its conversation, its cause, its trace and who recorded it. */
export function factMetadata(of: {
  readonly orderId: OrderId;
  readonly cause: EventId;
  readonly actor: string;
}): Metadata {
  const traceparent = currentTraceparent();
  return {
    [metadataKeys.schemaVersion]: orderSchemaVersion,
    [metadataKeys.correlationId]: of.orderId,
    [metadataKeys.causationId]: of.cause,
    [metadataKeys.actor]: of.actor,
    ...(traceparent === undefined ? {} : { [metadataKeys.traceparent]: traceparent }),
  };
}
