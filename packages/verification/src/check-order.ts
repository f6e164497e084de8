/**
 * Holds everything that is known of one order against the promises. Pure.
 * The system may be running: what a part has not reached yet is no difference, what it claims to have done is checked.
 */
import {
  decodeOrderEvent,
  metadataKeys,
  type OrderEvent,
  type OrderId,
  orderEventTypes,
  type RecordedEvent,
} from '@eventstream/contracts';
import { decide, evolve, hasEnded, noOrder, type Order, type PlacedOrder } from '@eventstream/domain';
import { messageOf } from '@eventstream/platform';
import { type FoldedOrder, foldOne } from '@eventstream/read-model';
import type { Progress, StreamEvidence } from './evidence.ts';
import type { Findings } from './findings.ts';
import { count, type MoneySums, type PromiseName, type Remarks } from './report.ts';

/** Where the results go. */
export interface Tallies {
  readonly findings: Findings;
  readonly money: Map<string, MoneySums>;
  readonly remarks: Remarks;
}

/** Checks one stream and, when it is an order's, everything the other parts say of that order. */
export function checkOrder(evidence: StreamEvidence, progress: Progress, tallies: Tallies): void {
  checkRevisions(evidence, tallies);
  const { orderId } = evidence;
  if (!orderId) return;
  const differs = (promise: PromiseName, message: string): void =>
    tallies.findings.differs({ promise, message, orderId, ...positionOf(evidence) });
  // Another part may know an order that is newer than the verified position, or lost: that is asked elsewhere.
  if (evidence.events.length === 0) return;
  for (const each of ['lives', 'money', 'readModel', 'effectsOnce', 'nothingDropped'] as const)
    tallies.findings.examined(each);
  const order = checkLife(evidence.events, differs);
  checkEffectsOnce(evidence.events, differs);
  if (!order) return;
  checkMoney(order, evidence, tallies, differs);
  checkRow(evidence, progress, tallies, differs);
  checkWork({ order, evidence, progress, tallies, differs });
  if (!hasEnded(order)) count(tallies.remarks.unfinishedOrders, orderId);
}

type Differs = (promise: PromiseName, message: string) => void;

function positionOf(evidence: StreamEvidence): { position?: RecordedEvent['position'] } {
  const last = evidence.events.at(-1);
  return last ? { position: last.position } : {};
}

function checkRevisions({ events, orderId }: StreamEvidence, { findings }: Tallies): void {
  findings.examined('streams');
  for (const [index, event] of events.entries()) {
    if (event.revision === index + 1) continue;
    findings.differs({
      promise: 'streams',
      message: `stream ${event.stream} has revision ${event.revision} where ${index + 1} belongs`,
      position: event.position,
      ...(orderId ? { orderId } : {}),
    });
    return;
  }
}

/** Every event must be one that the decider allows at that point. */
function checkLife(events: readonly RecordedEvent[], differs: Differs): PlacedOrder | undefined {
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
    order = evolve(order, fact);
  }
  return order.status === 'none' ? undefined : order;
}

/** One cause leads to one event of a type: more would mean that a repetition was taken for something new. */
function checkEffectsOnce(events: readonly RecordedEvent[], differs: Differs): void {
  const seen = new Set<string>();
  for (const event of events) {
    const cause = event.metadata[metadataKeys.causationId];
    if (cause === undefined) continue;
    const effect = `${cause} ${event.type}`;
    if (seen.has(effect)) differs('effectsOnce', `event ${cause} caused ${event.type} more than once`);
    seen.add(effect);
  }
}

function checkMoney(order: PlacedOrder, evidence: StreamEvidence, tallies: Tallies, differs: Differs): void {
  const { amount } = order.details;
  const taken =
    order.payment.kind === 'debited'
      ? order.payment.amount.minor
      : order.payment.kind === 'closed'
        ? (order.payment.debited?.minor ?? 0n)
        : 0n;
  const returned = order.payment.kind === 'closed' ? order.payment.voided.minor : 0n;
  const isExternal = evidence.payment === undefined && taken > 0n;
  const sums = sumsOf(tallies.money, amount.currency);
  sums.debited += taken;
  sums.voided += returned;
  if (isExternal) sums.external += taken;
  if (order.status === 'Approved') sums.approved += taken - returned;
  else if (order.status === 'Cancelled') {
    if (taken !== returned) differs('money', `the order is cancelled, ${taken} were taken and ${returned} given back`);
  } else sums.inFlight += taken - returned;
  if (order.status === 'Approved' && taken !== amount.minor)
    differs('money', `the order is approved for ${amount.minor} and ${taken} were taken`);
  if (!isExternal) checkBooks({ order, taken, returned, evidence, tallies, differs });
}

/** The provider's books may be ahead of the log while an intent is open, and never after the order's end. */
function checkBooks(books: {
  readonly order: PlacedOrder;
  /** What the log says was debited and voided, in minor units. */
  readonly taken: bigint;
  readonly returned: bigint;
  readonly evidence: StreamEvidence;
  readonly tallies: Tallies;
  readonly differs: Differs;
}): void {
  const { order, taken, returned, tallies, differs } = books;
  const { payment, intent, orderId } = books.evidence;
  if (!payment) return;
  if (payment.ledgerSumMinor !== 0n)
    differs('money', `the provider's entries for the order sum to ${payment.ledgerSumMinor}, not 0`);
  const booked = payment.ledgerDebitedMinor;
  const voided = payment.ledgerVoidedMinor;
  if (booked !== 0n && booked !== order.details.amount.minor)
    differs('money', `the provider took ${booked} for an order of ${order.details.amount.minor}`);
  if (voided !== 0n && voided !== booked) differs('money', `the provider took ${booked} and gave back ${voided}`);
  if (booked === taken && voided === returned) return;
  const isBehind = booked < taken || voided < returned;
  if (isBehind)
    differs('money', `the log says ${taken} taken and ${returned} given back; the provider ${booked} and ${voided}`);
  else if (hasEnded(order))
    differs(
      'money',
      `the order has ended, and the provider's books (${booked} taken, ${voided} given back) differ from the log`,
    );
  else if (intent === undefined)
    differs('money', `the provider has moved money (${booked} taken, ${voided} given back) without an intent`);
  else count(tallies.remarks.openIntents, orderId ?? '');
}

function sumsOf(money: Map<string, MoneySums>, currency: string): MoneySums {
  const known = money.get(currency);
  if (known) return known;
  const fresh: MoneySums = { debited: 0n, voided: 0n, approved: 0n, inFlight: 0n, external: 0n };
  money.set(currency, fresh);
  return fresh;
}

/** The row must equal a fold up to its own revision, and have got as far as the read model says it has. */
function checkRow(evidence: StreamEvidence, progress: Progress, tallies: Tallies, differs: Differs): void {
  const { row, events, orderId } = evidence;
  const reached = events.filter((event) => event.position <= progress.readModel);
  const isParked = evidence.setAside.some((aside) => aside.kind !== 'retry' && aside.consumer === 'querymodelworker');
  if (isParked || row?.isStale) {
    count(tallies.remarks.staleRows, orderId ?? '');
    return;
  }
  if (!row) {
    if (reached.length > 0)
      differs('readModel', `the read model is at ${progress.readModel} and has no row for the order`);
    return;
  }
  const last = reached.at(-1);
  if (last && row.folded.revision < last.revision)
    differs(
      'readModel',
      `the row is at revision ${row.folded.revision}; the read model has passed revision ${last.revision}`,
    );
  if (row.folded.position > progress.head) return;
  let fold: FoldedOrder | undefined;
  for (const event of events.slice(0, row.folded.revision)) fold = foldOne(fold, event);
  const wrong = fold ? firstWrongColumn(row.folded, fold) : 'revision';
  if (wrong)
    differs('readModel', `the row's ${wrong} differs from the fold of the log at revision ${row.folded.revision}`);
}

function firstWrongColumn(row: FoldedOrder, fold: FoldedOrder): string | undefined {
  const a = row.order;
  const b = fold.order;
  if (a.status !== b.status) return `status (${a.status}, not ${b.status})`;
  if (reasonOf(a) !== reasonOf(b)) return 'reason';
  if (a.details.customerId !== b.details.customerId) return 'customer';
  if (a.details.restaurantId !== b.details.restaurantId) return 'restaurant';
  if (a.details.amount.minor !== b.details.amount.minor || a.details.amount.currency !== b.details.amount.currency)
    return 'amount';
  if (a.details.createdOn !== b.details.createdOn) return 'creation time';
  if (a.payment.kind !== b.payment.kind) return `payment (${a.payment.kind}, not ${b.payment.kind})`;
  if (row.position !== fold.position) return 'position';
  if (row.createdPosition !== fold.createdPosition) return 'first position';
  return sameItems(a, b) ? undefined : 'items';
}

function reasonOf(order: PlacedOrder): string | undefined {
  return order.status === 'Cancelling' || order.status === 'Cancelled' ? order.reason : undefined;
}

function sameItems(a: PlacedOrder, b: PlacedOrder): boolean {
  const left = a.details.items;
  const right = b.details.items;
  return (
    left.length === right.length &&
    left.every((item, index) => {
      const other = right[index];
      return (
        other !== undefined &&
        item.code === other.code &&
        item.name === other.name &&
        item.quantity === other.quantity &&
        item.unitPriceMinor === other.unitPriceMinor
      );
    })
  );
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

/** The coordinator's row must have got as far as the coordinator says, and have something due unless somebody else has. */
function checkSaga(order: PlacedOrder, { events, saga }: StreamEvidence, progress: Progress, differs: Differs): void {
  const read = events.findLast((event) => event.position <= progress.sagas);
  if (!read) return;
  if (!saga) {
    // The row of an ended saga is forgotten after a while.
    if (!hasEnded(order)) differs('nothingDropped', 'the coordinator has passed the order and keeps no saga of it');
    return;
  }
  if (saga.revision < read.revision) {
    const at = `at revision ${saga.revision}; the coordinator has passed revision ${read.revision}`;
    differs('nothingDropped', `the saga is ${at}`);
    return;
  }
  if (saga.revision !== events.length) return; // newer than what is verified, or its events are still being read
  const ended = saga.status === 'done' || saga.status === 'undone';
  if (hasEnded(order) ? !ended && !saga.hasNext : ended)
    differs('nothingDropped', `the order is ${order.status} and its saga says ${saga.status}`);
  else if (!ended && !saga.hasNext && !waitsForWorker(order))
    differs('nothingDropped', 'the order has no end, and its saga has neither a deadline nor an action due');
}

/** An undo has been asked for: the saga waits for the worker, which retries until it is done. */
function waitsForWorker(order: PlacedOrder): boolean {
  const isClosed = order.payment.kind === 'closed' || order.payment.kind === 'declined';
  return order.status === 'Cancelling' && order.voidRequested && !isClosed;
}

/** Ids of the orders that a client was told are stored, held against those that are. */
export function checkAcked(acked: ReadonlySet<OrderId>, stored: ReadonlySet<OrderId>, findings: Findings): void {
  findings.examined('acked', acked.size);
  for (const orderId of acked)
    if (!stored.has(orderId))
      findings.differs({ promise: 'acked', orderId, message: 'the order was acknowledged and is not in the log' });
}
