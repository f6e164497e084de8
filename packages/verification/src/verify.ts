/**
 * Holds the running system against its promises. Reads only, in bounded memory, and speaks of the log up to the head
 * it found at its beginning: what happens meanwhile is not judged.
 */
import {
  type Incarnation,
  type LogName,
  nowhere,
  type OrderId,
  orderIdOf,
  type Position,
  type RecordedEvent,
  type StreamName,
  streamName,
} from '@eventstream/contracts';
import type { Clock } from '@eventstream/platform';
import { checkAcked, checkOrder } from './check-order.ts';
import type {
  IntentEvidence,
  PaymentEvidence,
  Progress,
  RowEvidence,
  SagaEvidence,
  SetAsideEvidence,
  StreamEvidence,
} from './evidence.ts';
import { Findings } from './findings.ts';
import type { MoneySums, Remarks, VerificationReport } from './report.ts';
import { type Keyed, leastKey, sortedCursor } from './sorted-cursor.ts';

/** How dense a log is, counted by its store. */
export interface DensityEvidence {
  readonly head: Position;
  readonly incarnation: Incarnation;
  readonly count: number;
  readonly first: Position;
  readonly last: Position;
}

/** The databases, as the verification reads them. Keys of the sorted sources are stream names. */
export interface VerificationSources {
  /** Checkpoints and marks; asked for before anything else. */
  progress(): Promise<Omit<Progress, 'head'>>;
  density(log: LogName): Promise<DensityEvidence>;
  /** What the service's own role may do to events beyond reading and adding; none is as promised. */
  forbiddenRights(): Promise<readonly string[]>;
  streams(log: LogName, upTo: Position): AsyncIterable<Keyed<readonly RecordedEvent[]>>;
  rows(): AsyncIterable<Keyed<RowEvidence>>;
  payments(): AsyncIterable<Keyed<PaymentEvidence>>;
  intents(): AsyncIterable<Keyed<IntentEvidence>>;
  sagas(): AsyncIterable<Keyed<SagaEvidence>>;
  setAside(): AsyncIterable<Keyed<readonly SetAsideEvidence[]>>;
}

/** Compares the broker's copy with the log. */
export interface CopyCheck {
  check(head: Position, findings: Findings, onProgress: (looked: number) => void): Promise<void>;
}

/** How a verification is made. */
export interface VerificationOptions {
  readonly log: LogName;
  readonly sources: VerificationSources;
  /** Undefined: the broker cannot be reached, and promise 5 is reported as not checked. */
  readonly copy: CopyCheck | undefined;
  /** Orders that a client was told are stored. */
  readonly acked?: ReadonlySet<OrderId>;
  readonly clock: Clock;
  /** Called now and then: how much of what is done. */
  readonly onProgress?: (phase: 'orders' | 'broker', done: number, of: number) => void;
}

/** Verifies every promise. Rejects when a database cannot be read. */
export async function verify(options: VerificationOptions): Promise<VerificationReport> {
  const startedMs = options.clock.nowMs();
  const findings = new Findings();
  const money = new Map<string, MoneySums>();
  const remarks = noRemarks();
  // Marks and checkpoints first, the head after them: then everything they claim lies within what is verified.
  const reached = await options.sources.progress();
  const density = await options.sources.density(options.log);
  checkDensity(density, findings);
  await checkRights(options.sources, findings);
  const progress: Progress = { ...reached, head: density.head };
  const orders = await walkStreams(options, progress, { findings, money, remarks });
  checkSums(money, findings);
  await checkCopy(options, density.head, findings);
  const promises = findings.lines();
  return {
    log: options.log,
    position: density.head,
    incarnation: density.incarnation,
    holds: promises.every((line) => line.verdict !== 'broken'),
    promises,
    orders,
    money,
    remarks,
    tookMs: options.clock.nowMs() - startedMs,
  };
}

function checkDensity(density: DensityEvidence, findings: Findings): void {
  findings.examined('dense', density.count);
  const isDense =
    density.head === 0
      ? density.count === 0
      : density.count === density.head && density.first === 1 && density.last === density.head;
  if (isDense) return;
  findings.differs({
    promise: 'dense',
    message: `the head is ${density.head}; there are ${density.count} events from ${density.first} to ${density.last}`,
    position: density.last,
  });
}

async function checkRights(sources: VerificationSources, findings: Findings): Promise<void> {
  findings.examined('appendOnly');
  for (const right of await sources.forbiddenRights()) findings.differs({ promise: 'appendOnly', message: right });
}

const progressEvery = 1_000;

async function walkStreams(
  options: VerificationOptions,
  progress: Progress,
  tallies: { findings: Findings; money: Map<string, MoneySums>; remarks: Remarks },
): Promise<number> {
  const { sources, log } = options;
  const streams = await sortedCursor(sources.streams(log, progress.head));
  const rows = await sortedCursor(sources.rows());
  const payments = await sortedCursor(sources.payments());
  const intents = await sortedCursor(sources.intents());
  const sagas = await sortedCursor(sources.sagas());
  const setAside = await sortedCursor(sources.setAside());
  const all = [streams, rows, payments, intents, sagas, setAside];
  const stored = new Set<OrderId>();
  let orders = 0;
  let looked = 0;
  for (let key = leastKey(all); key !== undefined; key = leastKey(all)) {
    const stream = streamName(key);
    const evidence: StreamEvidence = {
      stream,
      orderId: orderIdOf(stream),
      events: (await streams.take(key)) ?? [],
      row: await rows.take(key),
      payment: await payments.take(key),
      intent: await intents.take(key),
      saga: await sagas.take(key),
      setAside: (await setAside.take(key)) ?? [],
    };
    checkOrder(evidence, progress, tallies);
    looked += evidence.events.length;
    if (evidence.orderId && evidence.events.length > 0) {
      orders += 1;
      if (options.acked?.has(evidence.orderId)) stored.add(evidence.orderId);
      countDeadLetters(stream, evidence.setAside, tallies.remarks);
      if (orders % progressEvery === 0) options.onProgress?.('orders', looked, progress.head);
    }
  }
  options.onProgress?.('orders', progress.head, progress.head);
  if (options.acked) checkAcked(options.acked, stored, tallies.findings);
  else tallies.findings.notChecked('acked', 'no list of acknowledged orders was given (--acked FILE)');
  return orders;
}

function countDeadLetters(stream: StreamName, setAside: readonly SetAsideEvidence[], remarks: Remarks): void {
  for (const aside of setAside)
    if (aside.kind === 'dead letter') {
      remarks.openDeadLetters.count += 1;
      if (remarks.openDeadLetters.first.length < 10)
        remarks.openDeadLetters.first.push(`${aside.consumer} ${stream} at ${aside.position}`);
    }
}

/** Debits − voids = approved + in flight, in each currency. */
function checkSums(money: ReadonlyMap<string, MoneySums>, findings: Findings): void {
  for (const [currency, sums] of money) {
    if (sums.debited - sums.voided === sums.approved + sums.inFlight) continue;
    findings.differs({
      promise: 'money',
      message: `${currency}: ${sums.debited} debited − ${sums.voided} voided is not ${sums.approved} approved + ${sums.inFlight} in flight`,
    });
  }
}

async function checkCopy(options: VerificationOptions, head: Position, findings: Findings): Promise<void> {
  if (!options.copy) {
    findings.notChecked('copy', 'the broker cannot be reached');
    return;
  }
  await options.copy.check(head, findings, (looked) => options.onProgress?.('broker', looked, Math.max(head, nowhere)));
}

function noRemarks(): Remarks {
  const none = (): { count: number; first: string[] } => ({ count: 0, first: [] });
  return {
    openIntents: none(),
    staleRows: none(),
    openDeadLetters: none(),
    stuckVoids: none(),
    unfinishedOrders: none(),
  };
}
