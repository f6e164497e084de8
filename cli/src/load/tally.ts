/** Counts what became of the orders of a load, and how long their callers waited. */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { OrderAnswer } from './place-orders.ts';

/** Latency of the acked orders, in milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** Kept to three digits, as HdrHistogram does, in memory that does not grow. */
const microsPerMs = 1000;

/** Counts answers as they come. */
export class LoadTally {
  readonly #latency: RecordableHistogram = createHistogram();
  /** Outcomes other than an ack, by `status code`. */
  readonly refused = new Map<string, number>();
  readonly unknown = new Map<string, number>();
  acked = 0;
  /** Requests beyond the first of an order. */
  retries = 0;

  add({ outcome, intendedMs, answeredMs, attempts }: OrderAnswer): void {
    this.retries += attempts - 1;
    if (outcome.kind === 'acked') {
      this.acked += 1;
      this.#latency.record(Math.max(1, Math.round((answeredMs - intendedMs) * microsPerMs)));
      return;
    }
    const counts = outcome.kind === 'refused' ? this.refused : this.unknown;
    const name = outcome.status === 0 ? outcome.code : `${outcome.status} ${outcome.code}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }

  /** Orders that have an answer, of whatever kind. */
  get answered(): number {
    return this.acked + sumOf(this.refused) + sumOf(this.unknown);
  }

  /** Of all acked orders so far; undefined before the first. */
  latency(): Latency | undefined {
    if (this.acked === 0) return undefined;
    const at = (percent: number): number => this.#latency.percentile(percent) / microsPerMs;
    return { p50: at(50), p90: at(90), p99: at(99), max: this.#latency.max / microsPerMs };
  }
}

/** All counts of a kind together. */
export function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
