/** A portion of worlds, as a thread runs it and answers it. Plain data: it travels between threads. */

import type { SafeguardName } from '../faults/safeguards.ts';
import type { Broken } from '../judging/checks.ts';
import { addCounts, type Tally } from '../world/sometimes.ts';
import { runWorld } from './run-world.ts';

/** Which worlds: `count` seeds from `from` on. */
export interface Portion {
  readonly from: number;
  readonly count: number;
  readonly lacks: SafeguardName | undefined;
}

/** A world that broke. */
interface BrokenWorld {
  readonly seed: number;
  readonly broken: Broken;
}

/** How they went. */
export interface PortionResult {
  readonly worlds: number;
  readonly brokenWorlds: readonly BrokenWorld[];
  readonly tallies: ReadonlyMap<string, Tally>;
  readonly orders: number;
  readonly events: number;
  readonly faults: number;
  readonly livedMs: number;
  readonly timers: number;
}

/** Nothing yet. */
export const noWorlds: PortionResult = {
  worlds: 0,
  brokenWorlds: [],
  tallies: new Map(),
  orders: 0,
  events: 0,
  faults: 0,
  livedMs: 0,
  timers: 0,
};

/** Runs them one after another. */
export async function runPortion({ from, count, lacks }: Portion): Promise<PortionResult> {
  const tallies = new Map<string, Tally>();
  const brokenWorlds: BrokenWorld[] = [];
  const sums = { orders: 0, events: 0, faults: 0, livedMs: 0, timers: 0 };
  for (let seed = from; seed < from + count; seed += 1) {
    const result = await runWorld({ seed, lacks });
    addCounts(tallies, result.counts);
    if (result.broken) brokenWorlds.push({ seed, broken: result.broken });
    sums.orders += result.orders;
    sums.events += result.events;
    sums.faults += result.faults.length;
    sums.livedMs += result.livedMs;
    sums.timers += result.timers;
  }
  return { worlds: count, brokenWorlds, tallies, ...sums };
}

/** Two results as one. */
export function together(a: PortionResult, b: PortionResult): PortionResult {
  const tallies = new Map([...a.tallies].map(([name, tally]) => [name, { ...tally }]));
  for (const [name, { times, worlds }] of b.tallies) {
    const tally = tallies.get(name) ?? { times: 0, worlds: 0 };
    tallies.set(name, { times: tally.times + times, worlds: tally.worlds + worlds });
  }
  return {
    worlds: a.worlds + b.worlds,
    brokenWorlds: [...a.brokenWorlds, ...b.brokenWorlds],
    tallies,
    orders: a.orders + b.orders,
    events: a.events + b.events,
    faults: a.faults + b.faults,
    livedMs: a.livedMs + b.livedMs,
    timers: a.timers + b.timers,
  };
}
