/** Collects what was looked at and what differed, and turns it into the report's lines. */
import {
  type Difference,
  type MoneySums,
  type PromiseName,
  type PromiseReport,
  promiseNames,
  promises,
  type Remarks,
} from './report.ts';

interface Line {
  examined: number;
  differences: number;
  first: Difference | undefined;
  notChecked: string | undefined;
}

/** Where the results of one order go. */
export interface Tallies {
  readonly findings: Findings;
  readonly money: Map<string, MoneySums>;
  readonly remarks: Remarks;
}

/** Says that something of the order at hand is not as promised. */
export type Differs = (promise: PromiseName, message: string) => void;

/** Everything found so far. */
export class Findings {
  readonly #lines = new Map<PromiseName, Line>();
  #isIncomplete = false;

  /** So many more were looked at for a promise. */
  examined(promise: PromiseName, count = 1): void {
    this.#line(promise).examined += count;
  }

  /** Something is not as promised. Only the first of each promise is kept whole. */
  differs(difference: Difference): void {
    const line = this.#line(difference.promise);
    line.differences += 1;
    line.first ??= difference;
  }

  /** A promise cannot be checked of this system, today or later, and why. */
  notChecked(promise: PromiseName, reason: string): void {
    this.#line(promise).notChecked = reason;
  }

  /** A promise could not be checked this time, and may be the next: a server does not answer, for example. */
  missed(promise: PromiseName, reason: string): void {
    this.notChecked(promise, reason);
    this.#isIncomplete = true;
  }

  /** Takes back what was found for a promise, because what was looked at is gone. */
  retract(promise: PromiseName, reason: string): void {
    this.#lines.delete(promise);
    this.missed(promise, reason);
  }

  /** What is found of all promises together, as the report's `holds` says it. */
  get holds(): boolean | null {
    if ([...this.#lines.values()].some((line) => line.differences > 0)) return false;
    return this.#isIncomplete ? null : true;
  }

  /** A line for every promise, in their order. A promise for which nothing was looked at holds trivially over nothing. */
  lines(): readonly PromiseReport[] {
    return promiseNames.map((promise) => {
      const line = this.#line(promise);
      const { number, says } = promises[promise];
      return {
        promise,
        number,
        says,
        verdict: line.differences > 0 ? 'broken' : line.notChecked === undefined ? 'holds' : 'not checked',
        examined: line.examined,
        differences: line.differences,
        ...(line.first ? { first: line.first } : {}),
        ...(line.notChecked === undefined ? {} : { reason: line.notChecked }),
      };
    });
  }

  #line(promise: PromiseName): Line {
    const known = this.#lines.get(promise);
    if (known) return known;
    const fresh: Line = { examined: 0, differences: 0, first: undefined, notChecked: undefined };
    this.#lines.set(promise, fresh);
    return fresh;
  }
}
