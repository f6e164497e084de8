/** One moment of the whole system, as the floor is composed from it. */
import type { Position } from '@eventstream/contracts';
import type { Answer } from './look-at-process.ts';
import type { Between } from './numbers.ts';
import type { SupervisedPart } from './system-file.ts';

/** One process at that moment. */
export interface ProcessLook {
  readonly name: string;
  /** Undefined: no supervisor of this machine says anything about it. */
  readonly supervised: SupervisedPart | undefined;
  readonly healthUrl: string | undefined;
  /** Undefined: it has no address to ask. */
  readonly answer: Answer | undefined;
}

/** Whether a server answered, and if not, why. */
export type ServerAnswer = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** A latency of orders over what ended lately; null when nothing did. */
export interface Latency {
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/** The moment. */
export interface Look {
  /** Milliseconds since 1970, for people. */
  readonly atMs: number;
  /** Of a clock that only goes forwards: rates are made of it. */
  readonly tickMs: number;
  /** Whether a supervisor's file was read: then a process that is not in it was left out. */
  readonly isSupervised: boolean;
  readonly processes: ReadonlyMap<string, ProcessLook>;
  readonly postgres: ServerAnswer;
  readonly nats: ServerAnswer;
  /** Null when the store does not answer. */
  readonly head: Position | null;
  /** Recorded `created` → recorded `approved`, since the look before. */
  readonly approval: Latency;
}

/** The numbers of one process at two moments. */
export function between(before: Look | undefined, now: Look, process: string): Between {
  const earlier = before?.processes.get(process);
  const later = now.processes.get(process);
  return {
    // A process that was started again counts from zero: its numbers before say nothing.
    before: earlier?.supervised?.pid === later?.supervised?.pid ? earlier?.answer?.numbers : undefined,
    now: later?.answer?.numbers,
    ms: before === undefined ? 0 : now.tickMs - before.tickMs,
  };
}
