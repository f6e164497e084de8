/**
 * Holds everything that is known of one order against the promises. Pure.
 * The system may be running: what a part has not reached yet is no difference, what it claims to have done is checked.
 */
import {
  decodeOrderEvent,
  metadataKeys,
  type OrderEvent,
  type OrderId,
  orderEventKind,
  orderEventTypes,
  type RecordedEvent,
} from '@eventstream/contracts';
import { decide, evolve, hasEnded, noOrder, type Order, type PlacedOrder } from '@eventstream/domain';
import { derivedId, messageOf } from '@eventstream/platform';
import type { Progress, StreamEvidence } from '../evidence.ts';
import type { Differs, Findings, Tallies } from '../findings.ts';
import { count } from '../report.ts';
import { checkMoney } from './check-money.ts';
import { checkPrice } from './check-price.ts';
import { checkRow } from './check-row.ts';
import { checkSaga } from './check-saga.ts';

/** Checks one stream and, when it is an order's, everything the other parts say of that order. */
export function checkOrder(evidence: StreamEvidence, progress: Progress, tallies: Tallies): void {
  checkRevisions(evidence, tallies);
  checkSetAside(evidence, progress, tallies);
  const { orderId } = evidence;
  if (!orderId) return;
  const differs: Differs = (promise, message) =>
    tallies.findings.differs({ promise, message, orderId, ...positionOf(evidence) });
  // Another part may know an order that is newer than the verified position, or lost: that is asked elsewhere.
  if (evidence.events.length === 0) return;
  for (const each of ['lives', 'money', 'readModel', 'effectsOnce', 'nothingDropped'] as const)
    tallies.findings.examined(each);
  const lived = checkLife(evidence.events, differs);
  checkEffectsOnce(evidence.events, differs);
  const order = lived?.at(-1);
  if (!lived || !order) return;
  checkMoney(order, evidence, tallies, differs);
  checkRow(evidence, lived, progress, { tallies, differs });
  checkWork({ order, evidence, progress, tallies, differs });
  if (!hasEnded(order)) count(tallies.remarks.unfinishedOrders, orderId);
}

function positionOf(evidence: StreamEvidence): { position?: RecordedEvent['position'] } {
  const last = evidence.events.at(-1);
  return last ? { position: last.position } : {};
}

function checkRevisions({ events, orderId }: StreamEvidence, { findings }: Tallies): void {
  findings.examined('streams');
  for (const [index, event] of events.entries()) {
    const isNext = event.revision === index + 1;
    const isLater = event.position > (events[index - 1]?.position ?? 0);
    if (isNext && isLater) continue;
    findings.differs({
      promise: 'streams',
      message: isNext
        ? `revision ${event.revision} of stream ${event.stream} stands before the one it follows`
        : `stream ${event.stream} has revision ${event.revision} where ${index + 1} belongs`,
      position: event.position,
      ...(orderId ? { orderId } : {}),
    });
    return;
  }
}

/** What a consumer has set aside must be an event that the log has, at that place. */
function checkSetAside({ setAside, events, orderId }: StreamEvidence, progress: Progress, { findings }: Tallies): void {
  for (const aside of setAside) {
    if (aside.position > progress.head) continue;
    const meant = events.find((event) => event.position === aside.position);
    if (meant?.id === aside.eventId) continue;
    findings.differs({
      promise: 'nothingDropped',
      message: `${aside.consumer} has set event ${aside.eventId} aside, which the log does not have there`,
      position: aside.position,
      ...(orderId ? { orderId } : {}),
    });
  }
}

/** Every event must be one that the decider allows at that point. Answers the order after each of them. */
function checkLife(events: readonly RecordedEvent[], differs: Differs): readonly PlacedOrder[] | undefined {
  const lived: PlacedOrder[] = [];
  let order: Order = noOrder;
  for (const event of events) {
    let fact: OrderEvent;
    try {
      fact = decodeOrderEvent(event);
    } catch (error) {
      differs('lives', `the event at position ${event.position} cannot be read: ${messageOf(error)}`);
      return undefined;
    }
    const decision = decide(order, fact);
    if (decision.kind !== 'event') {
      const why = decision.kind === 'rejected' ? decision.rejection.message : 'it is recorded twice';
      differs('lives', `${event.type} at position ${event.position} is not allowed there: ${why}`);
      return undefined;
    }
    if (fact.kind === 'created') checkPrice(fact, differs);
    order = evolve(order, fact);
    if (order.status !== 'none') lived.push(order);
  }
  return lived;
}

/**
 * One cause leads to one event of a type: more would mean that a repetition was taken for something new. The cause lies
 * before its effect, and the ids of our own workers' effects are made from it, whoever made them and however often.
 */
function checkEffectsOnce(events: readonly RecordedEvent[], differs: Differs): void {
  const seen = new Set<string>();
  const before = new Set<string>();
  for (const event of events) {
    const cause = event.metadata[metadataKeys.causationId];
    const own = ownWorkers.get(event.metadata[metadataKeys.actor] ?? '');
    if (cause !== undefined) {
      const effect = `${cause} ${event.type}`;
      if (seen.has(effect)) differs('effectsOnce', `event ${cause} caused ${event.type} more than once`);
      seen.add(effect);
    }
    if (own && (cause === undefined || !before.has(cause)))
      differs('effectsOnce', `${event.type} at position ${event.position} has no cause before it`);
    else if (own && cause !== undefined && event.id !== derivedId(cause, own(event.type)))
      differs('effectsOnce', `the id of ${event.type} at position ${event.position} is not made from its cause`);
    before.add(event.id);
  }
}

/** The step from which an effect's id is made, by the worker that recorded it. */
const ownWorkers: ReadonlyMap<string, (type: string) => string> = new Map([
  ['paymentworker', kindOf],
  ['reviewworker', kindOf],
  ['sagacoordinator', (type) => (type === orderEventTypes.cancelled ? 'fulfilment:end' : 'fulfilment:payment')],
]);

function kindOf(type: string): string {
  return orderEventKind(type) ?? type;
}

/** Work that a consumer says it has finished must have left its effect, or be set aside where people see it. */
function checkWork(work: {
  readonly order: PlacedOrder;
  readonly evidence: StreamEvidence;
  readonly progress: Progress;
  readonly tallies: Tallies;
  readonly differs: Differs;
}): void {
  const { order, evidence, progress, tallies, differs } = work;
  const { events, setAside, saga } = evidence;
  const isPassed = (consumer: string, type: string): boolean => {
    const event = events.find((one) => one.type === type);
    const mark = progress.marks.get(consumer);
    return (
      event !== undefined &&
      mark !== undefined &&
      event.position <= mark &&
      !setAside.some((aside) => aside.consumer === consumer)
    );
  };
  if (order.status === 'Pending' && isPassed('paymentworker-created', orderEventTypes.created))
    differs('nothingDropped', 'the payment worker has passed the order without debiting or declining it');
  if (order.status === 'PaymentDebited' && isPassed('reviewworker-paymentdebited', orderEventTypes.paymentDebited))
    differs('nothingDropped', 'the review worker has passed the order without a decision');
  const voidOpen = order.status === 'Cancelling' && order.voidRequested && order.payment.kind !== 'closed';
  if (voidOpen && isPassed('paymentworker-paymentvoidrequested', orderEventTypes.paymentVoidRequested))
    differs('nothingDropped', 'the payment worker has passed a void without closing the payment');
  if (voidOpen && (saga?.isStuck || setAside.length > 0)) count(tallies.remarks.stuckVoids, evidence.orderId ?? '');
  checkSaga(order, evidence, progress, differs);
}

/** Ids of the orders that a client was told are stored, held against those that are: only those that are not count here. */
export function checkAcked(acked: ReadonlySet<OrderId>, stored: ReadonlySet<OrderId>, findings: Findings): void {
  for (const orderId of acked) {
    if (stored.has(orderId)) continue;
    findings.examined('acked');
    findings.differs({ promise: 'acked', orderId, message: 'the order was acknowledged and is not in the log' });
  }
}
