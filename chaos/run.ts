/** A run: load and faults at the same time, then everything is made whole, and it is judged. */
import type { Draw } from './draw.ts';
import type { Fault } from './faults/fault.ts';
import { type Judgement, judge } from './judge/judge.ts';
import type { History } from './load/history.ts';
import { load } from './load/load.ts';
import { plan, plannedLanes } from './schedule.ts';
import type { Stage } from './stage/stage.ts';
import { type FaultCount, type Inflict, notYetBegun, takeTurns } from './turns.ts';

/** What a run needs. */
export interface RunOptions {
  readonly stage: Stage;
  readonly faults: readonly Fault[];
  readonly draw: Draw;
  /** At most so long. */
  readonly forMs: number;
  /** Ends as soon as every fault has happened. */
  readonly once: boolean;
  readonly ordersPerSecond: number;
  readonly history: History;
  /** Told of each fault when it begins and when it is over. */
  readonly onFault: (line: string) => void;
  /** Told every now and then. */
  readonly onProgress: (leftMs: number, phase: 'breaking' | 'judging') => void;
  /** Ends it early; what is broken is made whole all the same. */
  readonly signal: AbortSignal;
}

/** How it went. */
export interface RunResult {
  readonly counts: readonly FaultCount[];
  readonly judgement: Judgement;
  readonly heldBack: number;
}

const progressEveryMs = 1_000;

/** Runs it. */
export async function run(options: RunOptions): Promise<RunResult> {
  const { stage, faults, history, draw, forMs, ordersPerSecond, once, signal } = options;
  const allHappened = new AbortController();
  const counts = faults.map(notYetBegun);
  const untilMs = performance.now() + forMs;
  const over = AbortSignal.any([AbortSignal.timeout(forMs), signal, allHappened.signal]);
  const shown = setInterval(() => {
    const leftMs = untilMs - performance.now();
    options.onProgress(Math.max(0, leftMs), over.aborted ? 'judging' : 'breaking');
  }, progressEveryMs);
  try {
    const url = stage.system.running.httpUrl;
    const inflict: Inflict = (fault, own) => fault.inflict(stage, own, over);
    const breaking = plannedLanes(faults).map((lane) =>
      takeTurns(plan(lane, faults, { seed: draw, once }), { counts, once, inflict, onFault: options.onFault, over }),
    );
    const [heldBack] = await Promise.all([
      load({ url, ordersPerSecond, forMs, history, draw: draw.fork('load'), signal: over }),
      Promise.all(breaking).then(() => once && allHappened.abort()),
    ]);
    signal.throwIfAborted();
    return { counts, judgement: await judge(stage, history, signal), heldBack };
  } finally {
    clearInterval(shown);
  }
}
