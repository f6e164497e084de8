/** A run: load and faults at the same time, then everything is made whole, and it is judged. */
import { messageOf } from '@eventstream/platform';
import type { Draw } from './draw.ts';
import type { Fault, Lane } from './faults/fault.ts';
import { type Judgement, judge } from './judge/judge.ts';
import type { History } from './load/history.ts';
import { load } from './load/load.ts';
import { pause } from './pause.ts';
import { plan, plannedLanes } from './schedule.ts';
import type { Stage } from './stage/stage.ts';

/** How often a fault was begun, and how often it really happened. */
export interface FaultCount {
  readonly fault: Fault;
  begun: number;
  /** Faults that happened at all. */
  fired: number;
  /** How often altogether: broken connections, failed statements; else as `fired`. */
  times: number;
  /** Why it last did not. */
  trouble: string | undefined;
}

/** What a run needs. */
export interface RunOptions {
  readonly stage: Stage;
  readonly faults: readonly Fault[];
  readonly draw: Draw;
  /** At most so long. */
  readonly forMs: number;
  /** Ends as soon as every fault has had its turn. */
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
  const allHadTheirTurn = new AbortController();
  const counts = faults.map((fault): FaultCount => ({ fault, begun: 0, fired: 0, times: 0, trouble: undefined }));
  const untilMs = performance.now() + forMs;
  const over = AbortSignal.any([AbortSignal.timeout(forMs), signal, allHadTheirTurn.signal]);
  const shown = setInterval(() => {
    const leftMs = untilMs - performance.now();
    options.onProgress(Math.max(0, leftMs), over.aborted ? 'judging' : 'breaking');
  }, progressEveryMs);
  try {
    const url = stage.system.running.httpUrl;
    const breaking = plannedLanes(faults).map((lane) => breakThings(lane, options, counts, over));
    const [heldBack] = await Promise.all([
      load({ url, ordersPerSecond, forMs, history, draw: draw.fork('load'), signal: over }),
      Promise.all(breaking).then(() => once && allHadTheirTurn.abort()),
    ]);
    signal.throwIfAborted();
    return { counts, judgement: await judge(stage, history, signal), heldBack };
  } finally {
    clearInterval(shown);
  }
}

async function breakThings(
  lane: Lane,
  { stage, faults, draw, once, onFault }: RunOptions,
  counts: readonly FaultCount[],
  over: AbortSignal,
): Promise<void> {
  for (const { fault, afterMs, draw: own } of plan(lane, faults, { seed: draw, once })) {
    await pause(afterMs, over);
    const count = counts.find((one) => one.fault === fault);
    if (over.aborted || count === undefined) return;
    const sinceMs = performance.now();
    onFault(`${fault.name} ...`);
    const { times, trouble } = await fault.inflict(stage, own, over).then(
      (happened) => ({ times: happened, trouble: happened > 0 ? undefined : 'it did not come about' }),
      (error: unknown) => ({ times: 0, trouble: messageOf(error) }),
    );
    // Cut short by the end of the run: neither it nor its absence counts.
    if (times === 0 && over.aborted) return;
    count.begun += 1;
    count.fired += Math.min(1, times);
    count.times += times;
    count.trouble = trouble ?? count.trouble;
    const seconds = ((performance.now() - sinceMs) / 1000).toFixed(1);
    onFault(`${fault.name}: ${trouble ?? 'happened'}${times > 1 ? ` ${times} times` : ''}, over after ${seconds} s`);
  }
}
