/** The faults of one lane, one after another, and whether each has happened. */
import { messageOf } from '@eventstream/platform';
import type { Draw } from './draw.ts';
import type { Fault } from './faults/fault.ts';
import { pause } from './pause.ts';
import type { Planned } from './schedule.ts';

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

/** A fault that is still to come. */
export function notYetBegun(fault: Fault): FaultCount {
  return { fault, begun: 0, fired: 0, times: 0, trouble: undefined };
}

/** Brings a fault about on the run's stage; answers how often it happened. */
export type Inflict = (fault: Fault, draw: Draw) => Promise<number>;

/** What taking turns needs. */
export interface Turns {
  readonly counts: readonly FaultCount[];
  /** Each fault is to happen once: one that did not come about, as nobody came by, gets another turn. */
  readonly once: boolean;
  readonly inflict: Inflict;
  /** Told of each fault when it begins and when it is over. */
  readonly onFault: (line: string) => void;
  /** Ends it early. */
  readonly over: AbortSignal;
}

/** Gives each planned fault its turn, and counts. Resolves after the last one, or soon after `over` aborts. */
export async function takeTurns(planned: Iterable<Planned>, turns: Turns): Promise<void> {
  for (const { fault, afterMs, draw } of planned) {
    const count = turns.counts.find((one) => one.fault === fault);
    if (count === undefined) return;
    do {
      await pause(afterMs, turns.over);
      if (turns.over.aborted) return;
      await takeTurn(count, draw, turns);
    } while (turns.once && count.fired === 0);
  }
}

async function takeTurn(count: FaultCount, draw: Draw, { inflict, onFault, over }: Turns): Promise<void> {
  const { fault } = count;
  const sinceMs = performance.now();
  onFault(`${fault.name} ...`);
  const { times, trouble } = await inflict(fault, draw).then(
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
