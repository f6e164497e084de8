/** Which orders are traced. Decided once, where a trace begins; everything after follows that decision. */
import type { Clock } from '../clock.ts';

/** How much is traced. */
export interface SamplingOptions {
  /** Share of new traces that are kept, 0 to 1. */
  readonly ratio: number;
  /** Most traces begun in any one second (by the clock's full seconds); 0 means none. */
  readonly perSecond: number;
}

/** Answers whether a trace that begins now is kept. */
export type Sampler = () => boolean;

/** A sampler that keeps `ratio` of the traces, and never more than `perSecond` of them in one second. */
export function createSampler(options: SamplingOptions, clock: Clock, random: () => number = Math.random): Sampler {
  let second = Number.NaN;
  let taken = 0;
  return () => {
    if (options.ratio < 1 && random() >= options.ratio) return false;
    const now = Math.floor(clock.nowMs() / 1000);
    if (now !== second) {
      second = now;
      taken = 0;
    }
    if (taken >= options.perSecond) return false;
    taken += 1;
    return true;
  };
}
