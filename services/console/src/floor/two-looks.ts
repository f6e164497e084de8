/** Two moments of the system side by side: rates are of what happened in between, gauges of the later one. */
import { between, type Look } from './look.ts';
import { type Labels, perSecond, quantileMs } from './numbers.ts';

/** Orders that were placed, among the calls of ordersvc. */
export const placed = { operation: 'order.place', outcome: 'ok' } as const;

/** Asks two moments of any process for rates, and the later one for gauges. */
export class TwoLooks {
  readonly #before: Look | undefined;
  readonly #now: Look;

  constructor(before: Look | undefined, now: Look) {
    this.#before = before;
    this.#now = now;
  }

  rate(process: string, counter: string, where: Labels = {}): number | null {
    return perSecond(between(this.#before, this.#now, process), counter, where);
  }

  gauge(process: string, name: string, where: Labels = {}): number | null {
    const value = this.#now.processes.get(process)?.answer?.numbers?.sum(name, where);
    // A gauge that went below 0 for a moment (two numbers read apart) means 0.
    return value === undefined ? null : Math.max(0, Math.round(value));
  }

  quantile(process: string, quantile: number, of: { readonly name: string; readonly where: Labels }): number | null {
    return quantileMs(between(this.#before, this.#now, process), quantile, of);
  }

  relayPosition(): number | null {
    const lag = this.gauge('eventstoresvc', 'relay_lag_events');
    return this.#now.head === null || lag === null ? null : Math.max(0, this.#now.head - lag);
  }
}
