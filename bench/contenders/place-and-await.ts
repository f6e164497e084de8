/** Places plain orders at a pace and waits until each is approved. Every order must be acked, and every acked one approved. */
import { setTimeout as wait } from 'node:timers/promises';
import { plainOrders } from '../../cli/src/load/mix.ts';
import { type LoadOptions, type OrderAnswer, placeOrders } from '../../cli/src/load/place-orders.ts';
import { check } from '../harness/contender.ts';

/** Where approvals are counted. */
export interface Approvals {
  /** How many orders are approved, or undefined while some are on their way and counting is not worth it. */
  approved(): Promise<number | undefined>;
}

/** What came of it. Times are of `performance.now()`. */
export interface Placed {
  readonly acked: readonly string[];
  readonly answers: readonly OrderAnswer[];
  readonly startedMs: number;
  /** When the last order was seen approved. */
  readonly endedMs: number;
}

const lookEveryMs = 10;
const endsWithinMs = 120_000;

/** What is not said: plain orders, no repetition, until `durationMs` is over. */
export type PlaceWish = Pick<LoadOptions, 'url' | 'pace'> & Partial<LoadOptions>;

/** Fills the wish in. */
export function loadOptions(wish: PlaceWish): LoadOptions {
  return {
    countMax: Number.POSITIVE_INFINITY,
    durationMs: Number.POSITIVE_INFINITY,
    mix: plainOrders,
    run: `bench-${process.pid}-${performance.timeOrigin}-${performance.now()}`,
    retriesMax: 0,
    answerWithinMs: 30_000,
    signal: new AbortController().signal,
    ...wish,
  };
}

/** Resolves at the last approval. */
export async function placeAndAwait(wish: PlaceWish, approvals: Approvals): Promise<Placed> {
  const before = (await approvals.approved()) ?? 0;
  const answers: OrderAnswer[] = [];
  const { startedMs, sent } = await placeOrders(loadOptions(wish), (answer) => answers.push(answer));
  const acked = answers.flatMap(({ outcome }) => (outcome.kind === 'acked' ? [outcome.orderId] : []));
  const other = answers.find(({ outcome }) => outcome.kind !== 'acked')?.outcome;
  check(acked.length === sent, `${sent - acked.length} of ${sent} orders were not acked: ${JSON.stringify(other)}`);
  await awaitApprovals(approvals, before + acked.length);
  return { acked, answers, startedMs, endedMs: performance.now() };
}

/** Resolves when exactly so many are approved. */
export async function awaitApprovals(approvals: Approvals, wanted: number): Promise<void> {
  const untilMs = performance.now() + endsWithinMs;
  for (;;) {
    const approved = await approvals.approved();
    if (approved === wanted) return;
    check((approved ?? 0) < wanted, `${approved} orders are approved, only ${wanted} were placed`);
    check(
      performance.now() < untilMs,
      `${approved ?? 'not all'} of ${wanted} orders are approved after ${endsWithinMs / 1000} s`,
    );
    await wait(lookEveryMs);
  }
}
