/**
 * Holds the running system against its promises. Reads only, in bounded memory, and speaks of the log up to the head
 * it found at its beginning: what happens meanwhile is not judged.
 */
import {
  type Incarnation,
  type LogName,
  type OrderId,
  orderIdOf,
  type Position,
  type RecordedEvent,
  type StreamName,
  streamName,
} from '@eventstream/contracts';
import type { Clock } from '@eventstream/platform';
import type { CopyCheck } from './checks/check-copy.ts';
import { checkAcked, checkOrder } from './checks/check-order.ts';
import { UnknownOrders } from './checks/unknown-orders.ts';
import type { Progress, SetAsideEvidence, StreamEvidence } from './evidence.ts';
import { Findings } from './findings.ts';
import {
  count,
  type MoneySums,
  type PromiseName,
  type Remarks,
  type Tally,
  type VerificationReport,
} from './report.ts';
import { type Keyed, leastKey, sortedCursor } from './sorted-cursor.ts';
import type { DensityEvidence, SetAsideByStream, VerificationSources } from './verification-sources.ts';

/** How a verification is made. */
export interface VerificationOptions {
  readonly log: LogName;
  readonly sources: VerificationSources;
  readonly copy: CopyCheck;
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
  // Marks and checkpoints first, the head last: then everything they claim lies within what is verified. In between,
  // what is set aside: what a mark has passed is either still there, or its effect is below the head.
  const reached = await options.sources.progress();
  const setAside = await options.sources.setAside();
  const density = await options.sources.density(options.log);
  checkDensity(density, findings);
  await checkRights(options.sources, findings);
  const progress: Progress = { ...reached, head: density.head };
  checkReached(progress, density.incarnation, findings);
  const generation = await options.sources.generation();
  const orders = await walkStreams(options, { progress, setAside, generation }, { findings, money, remarks });
  if (generation !== undefined && (await options.sources.generation()) !== generation)
    // Its rows may have been removed during the walk, and are not what anybody is shown now.
    findings.retract('readModel', 'it was rebuilt meanwhile: verify again');
  checkSums(money, findings);
  await options.copy.check(density.head, findings, (looked) => options.onProgress?.('broker', looked, density.head));
  return {
    log: options.log,
    position: density.head,
    incarnation: density.incarnation,
    holds: findings.holds,
    promises: findings.lines(),
    orders,
    money,
    remarks,
    tookMs: options.clock.nowMs() - startedMs,
  };
}

function checkDensity(density: DensityEvidence, findings: Findings): void {
  findings.examined('dense', density.count);
  if (density.repeatedId !== undefined)
    findings.differs({ promise: 'effectsOnce', message: `event ${density.repeatedId} is in the log more than once` });
  const isDense =
    density.head === 0
      ? density.count === 0
      : density.count === density.head && density.first === 1 && density.last === density.head;
  if (isDense) return;
  const { head, count: events, first, last, firstMissing } = density;
  const where =
    firstMissing !== undefined && firstMissing <= head ? `; the first that is missing is ${firstMissing}` : '';
  findings.differs({
    promise: 'dense',
    message: `the head is ${head}; there are ${events} events from ${first} to ${last}${where}`,
    position: firstMissing ?? last,
  });
}

/** Nobody can have read further than there is, nor another life of the log: positions of that mean other events. */
function checkReached({ head, readModel, sagas, marks, lives }: Progress, life: Incarnation, findings: Findings): void {
  const parts: [PromiseName, string, Position][] = [
    ['readModel', 'the read model', readModel],
    ['nothingDropped', 'the saga coordinator', sagas],
    ...[...marks].map(([consumer, mark]): [PromiseName, string, Position] => ['nothingDropped', consumer, mark]),
  ];
  for (const [promise, who, at] of parts) {
    if (at > head)
      findings.differs({ promise, message: `${who} is at ${at}, beyond the log's head ${head}`, position: at });
    const read = lives.get(who);
    if (read !== undefined && read !== life)
      findings.differs({ promise, message: `${who} has read incarnation ${read}; the log is ${life}`, position: at });
  }
}

async function checkRights(sources: VerificationSources, findings: Findings): Promise<void> {
  const rights = await sources.forbiddenRights();
  if (!rights) {
    findings.notChecked(
      'appendOnly',
      'this database has no role for the event store: it is used with a role of your own',
    );
    return;
  }
  findings.examined('appendOnly');
  for (const right of rights) findings.differs({ promise: 'appendOnly', message: right });
}

const progressEvery = 1_000;

/** Walks all sources side by side and checks stream after stream. Answers how many orders there are. */
async function walkStreams(
  options: VerificationOptions,
  {
    progress,
    setAside,
    generation,
  }: { progress: Progress; setAside: SetAsideByStream; generation: bigint | undefined },
  tallies: { findings: Findings; money: Map<string, MoneySums>; remarks: Remarks },
): Promise<number> {
  const { sources, log } = options;
  const stored = new Set<OrderId>();
  const unknown = new UnknownOrders(log, sources, tallies.findings);
  const walked = new Set<StreamName>();
  let orders = 0;
  let looked = 0;
  const cursors = await openCursors(options, { progress, generation }, (stream, events) => {
    const list = setAside.get(stream) ?? [];
    checkOrder({ ...onlySetAside(stream, list), events }, progress, tallies);
    if (list.length > 0) walked.add(stream);
    looked += events.length;
  });
  const all = Object.values(cursors);
  for (let key = leastKey(all); key !== undefined; key = leastKey(all)) {
    const stream = streamName(key);
    const evidence = await takeEvidence(cursors, stream, setAside.get(stream) ?? []);
    checkOrder(evidence, progress, tallies);
    if (evidence.setAside.length > 0) walked.add(stream);
    await unknown.look(evidence);
    looked += evidence.events.length;
    if (evidence.orderId && evidence.events.length > 0) {
      orders += 1;
      if (options.acked?.has(evidence.orderId)) stored.add(evidence.orderId);
      if (orders % progressEvery === 0) options.onProgress?.('orders', looked, progress.head);
    }
  }
  await unknown.ask();
  options.onProgress?.('orders', progress.head, progress.head);
  for (const [stream, list] of setAside) {
    countDeadLetters(stream, list, tallies.remarks);
    if (!walked.has(stream)) checkOrder(onlySetAside(stream, list), progress, tallies);
  }
  tallies.findings.examined('acked', orders);
  if (options.acked) checkAcked(options.acked, stored, tallies.findings);
  return orders;
}

type Cursors = Awaited<ReturnType<typeof openCursors>>;

/** `stranger` is told of each stream that is no order's, when the walk comes by it. */
async function openCursors(
  { sources, log }: VerificationOptions,
  { progress, generation }: { readonly progress: Progress; readonly generation: bigint | undefined },
  stranger: (stream: StreamName, events: readonly RecordedEvent[]) => void,
) {
  return {
    streams: await sortedCursor(ordersOf(sources.streams(log, progress.head), stranger)),
    rows: await sortedCursor(sources.rows(generation)),
    // Payments before intents: whoever took money had recorded that intention before.
    payments: await sortedCursor(sources.payments()),
    intents: await sortedCursor(sources.intents(progress.asOf)),
    sagas: await sortedCursor(ordersOf(sources.sagas())),
  };
}

/**
 * The orders' streams. All databases have those in the order of their ids; the names of others they order each by its
 * language, and no part knows anything of those that would have to be held against them.
 */
async function* ordersOf<T>(
  source: AsyncIterable<Keyed<T>>,
  stranger: (stream: StreamName, value: T) => void = () => {},
): AsyncGenerator<Keyed<T>> {
  for await (const entry of source) {
    const stream = streamName(entry.key);
    if (orderIdOf(stream) !== undefined) yield entry;
    else stranger(stream, entry.value);
  }
}

/** All that there is about one stream; the cursors then stand behind it. */
async function takeEvidence(
  { streams, rows, payments, intents, sagas }: Cursors,
  stream: StreamName,
  setAside: readonly SetAsideEvidence[],
): Promise<StreamEvidence> {
  return {
    stream,
    orderId: orderIdOf(stream),
    events: (await streams.take(stream)) ?? [],
    row: await rows.take(stream),
    payment: await payments.take(stream),
    intent: await intents.take(stream),
    saga: await sagas.take(stream),
    setAside,
  };
}

/** A stream of which nothing is known but that something of it was set aside. */
function onlySetAside(stream: StreamName, setAside: readonly SetAsideEvidence[]): StreamEvidence {
  const nothing = { row: undefined, payment: undefined, intent: undefined, saga: undefined };
  return { stream, orderId: orderIdOf(stream), events: [], ...nothing, setAside };
}

function countDeadLetters(stream: StreamName, setAside: readonly SetAsideEvidence[], remarks: Remarks): void {
  for (const aside of setAside)
    if (aside.kind === 'dead letter')
      count(remarks.openDeadLetters, `${aside.consumer} ${stream} at ${aside.position}`);
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

const none = (): Tally => ({ count: 0, first: [] });

function noRemarks(): Remarks {
  return {
    openIntents: none(),
    staleRows: none(),
    openDeadLetters: none(),
    stuckVoids: none(),
    unfinishedOrders: none(),
  };
}
