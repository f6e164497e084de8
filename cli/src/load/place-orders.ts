/**
 * Places many orders at a pace, and tells what the client knows of each: the history against which a system is judged.
 * It ends nothing and prints nothing, so that commands, benchmarks and fault tests can share it.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { kindOf, type Mix, type OrderKind, orderBody } from './mix.ts';
import { type OrderSender, type Outcome, orderSender } from './send-order.ts';

/** How orders follow each other. */
export type Pace =
  /** Closed loop: so many callers, each with one order at a time. A slow system is asked less. */
  | { readonly kind: 'callers'; readonly callers: number }
  /**
   * Open loop: so many orders a second, whatever the system does, as customers come. Beyond `inFlightMax` orders are
   * sent late, and their latency counts from the time they were meant for.
   */
  | { readonly kind: 'rate'; readonly perSecond: number; readonly inFlightMax: number };

/** What to place. */
export interface LoadOptions {
  /** ordersvc's HTTP address, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly pace: Pace;
  /** Whichever comes first ends it. */
  readonly countMax: number;
  readonly durationMs: number;
  readonly mix: Mix;
  /** Begins every Idempotency-Key: the same name again places the same orders again. */
  readonly run: string;
  /** How often an order that was refused as too busy, or has an unknown outcome, is sent again with its key. */
  readonly retriesMax: number;
  /** After so long without an answer an outcome is unknown. */
  readonly answerWithinMs: number;
  /** Ends the load early: no new order is sent, those under way are waited for. */
  readonly signal: AbortSignal;
}

/** What became of one order, as its client saw it. Times are of `performance.now()`. */
export interface OrderAnswer {
  /** 0 for the first. */
  readonly number: number;
  readonly key: string;
  readonly kind: OrderKind;
  /** When it was meant to be sent; in a closed loop when it was. Latency counts from here. */
  readonly intendedMs: number;
  readonly sentMs: number;
  readonly answeredMs: number;
  /** Requests made for it. */
  readonly attempts: number;
  /** What the last of them told. An order with an unknown attempt before a refusal stays unknown. */
  readonly outcome: Outcome;
}

/** The load as a whole. */
export interface LoadRun {
  readonly startedMs: number;
  readonly endedMs: number;
  readonly sent: number;
  /** Orders whose time had come and that were not sent, because too many were under way. */
  readonly unsent: number;
}

/** Between tries where nobody says how long to wait; also what keeps a caller from spinning on a system that is down. */
const pauseMs = 100;
/** The shortest that a timer waits. */
const restMsMin = 1;

/** Places the orders and resolves when each has an answer. `onAnswer` is called once for each order sent; it must not throw. */
export async function placeOrders(options: LoadOptions, onAnswer: (answer: OrderAnswer) => void): Promise<LoadRun> {
  const { pace } = options;
  const connectionsMax = pace.kind === 'callers' ? pace.callers : pace.inFlightMax;
  const sender = orderSender({ url: options.url, connectionsMax, answerWithinMs: options.answerWithinMs });
  const placeOne = async (number: number, intendedMs: number): Promise<Outcome> => {
    const answer = await placeOrder(options, sender, { number, intendedMs });
    onAnswer(answer);
    return answer.outcome;
  };
  try {
    return pace.kind === 'callers'
      ? await closedLoop(options, pace.callers, placeOne)
      : await openLoop(options, pace, placeOne);
  } finally {
    await sender.close();
  }
}

type PlaceOne = (number: number, intendedMs: number) => Promise<Outcome>;

async function closedLoop(options: LoadOptions, callers: number, placeOne: PlaceOne): Promise<LoadRun> {
  const { countMax, durationMs, signal } = options;
  const startedMs = performance.now();
  const untilMs = startedMs + durationMs;
  let sent = 0;
  const caller = async (): Promise<void> => {
    while (sent < countMax && performance.now() < untilMs && !signal.aborted) {
      const outcome = await placeOne(sent++, performance.now());
      if (outcome.kind !== 'acked') await comeBackLater(outcome, { signal, untilMs });
    }
  };
  await Promise.all(Array.from({ length: Math.min(callers, countMax) }, caller));
  return { startedMs, endedMs: performance.now(), sent, unsent: 0 };
}

async function openLoop(
  { countMax, durationMs, signal }: LoadOptions,
  { perSecond, inFlightMax }: Extract<Pace, { kind: 'rate' }>,
  placeOne: PlaceOne,
): Promise<LoadRun> {
  const startedMs = performance.now();
  const everyMs = 1000 / perSecond;
  const wanted = Math.min(countMax, Math.ceil(durationMs / everyMs));
  const untilMs = startedMs + wanted * everyMs;
  const inFlight = new Set<Promise<unknown>>();
  let sent = 0;
  const sendWhatIsDue = (): void => {
    const due = Math.min(wanted, Math.floor((performance.now() - startedMs) / everyMs) + 1);
    while (sent < due && inFlight.size < inFlightMax) {
      const number = sent++;
      const one = placeOne(number, startedMs + number * everyMs).finally(() => inFlight.delete(one));
      inFlight.add(one);
    }
  };
  while (sent < wanted && performance.now() < untilMs && !signal.aborted) {
    sendWhatIsDue();
    // Until the next is due, and not a look every millisecond: waking for each would cost what is measured beside it.
    const restMs = Math.round(startedMs + sent * everyMs - performance.now());
    await wait(Math.max(restMsMin, restMs), undefined, { signal }).catch(() => undefined);
  }
  if (!signal.aborted) sendWhatIsDue();
  const due = Math.min(wanted, Math.floor((performance.now() - startedMs) / everyMs) + 1);
  const unsent = due - sent;
  await Promise.all(inFlight);
  return { startedMs, endedMs: performance.now(), sent, unsent };
}

/** One order, sent again as often as the options allow. */
async function placeOrder(
  { run, mix, retriesMax, signal }: LoadOptions,
  sender: OrderSender,
  { number, intendedMs }: { readonly number: number; readonly intendedMs: number },
): Promise<OrderAnswer> {
  const kind = kindOf(number, mix);
  const key = `${run}-${number}`;
  const body = orderBody(number, kind);
  const sentMs = performance.now();
  let unknown: Outcome | undefined;
  for (let attempts = 1; ; attempts += 1) {
    const outcome = await sender.send({ key, body });
    if (outcome.kind === 'unknown') unknown = outcome;
    const final = outcome.kind === 'acked' || attempts > retriesMax || signal.aborted || isVerdict(outcome);
    if (!final) {
      await comeBackLater(outcome, { signal, untilMs: Number.POSITIVE_INFINITY });
      continue;
    }
    // A refusal says nothing of an earlier request that had no answer.
    const told = outcome.kind === 'refused' && unknown !== undefined ? unknown : outcome;
    return { number, key, kind, intendedMs, sentMs, answeredMs: performance.now(), attempts, outcome: told };
  }
}

/** A refusal of the order itself, which no repetition changes. */
function isVerdict(outcome: Outcome): boolean {
  return outcome.kind === 'refused' && outcome.status >= 400 && outcome.status < 500 && outcome.status !== 429;
}

/** As a client does that was told when to come back. Ends with the load. */
async function comeBackLater(
  outcome: Exclude<Outcome, { kind: 'acked' }>,
  { signal, untilMs }: { readonly signal: AbortSignal; readonly untilMs: number },
): Promise<void> {
  const ms = Math.min(outcome.retryAfterMs || pauseMs, Math.max(0, untilMs - performance.now()));
  await wait(ms, undefined, { signal }).catch(() => undefined);
}
