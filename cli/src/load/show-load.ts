/** A load as text for people and as JSON for programs. */
import type { VerificationReport } from '@eventstream/verification';
import type { LoadRun } from './place-orders.ts';
import { type Latency, type LoadTally, sumOf } from './tally.ts';

/** Everything known at the end of a load. */
export interface LoadResult {
  readonly run: LoadRun;
  readonly tally: LoadTally;
  /** From the first order to the last end; undefined when it was not waited for. */
  readonly endedMs: number | undefined;
}

/** The lines before the verification. */
export function showLoad({ run, tally, endedMs }: LoadResult): string {
  const seconds = (run.endedMs - run.startedMs) / 1000;
  const latency = tally.latency();
  return [
    `${run.sent} orders in ${seconds.toFixed(1)} s: ${tally.acked} acked, ${sumOf(tally.refused)} refused, ${sumOf(tally.unknown)} unknown`,
    ...countLines('refused', tally.refused),
    ...countLines('unknown', tally.unknown),
    ...(tally.retries === 0 ? [] : [`  ${tally.retries} requests were repeated`]),
    ...(run.unsent === 0 ? [] : [`  ${run.unsent} were not sent: too many were under way`]),
    `rate     ${perSecond(tally.acked, seconds)} acked/s`,
    ...(latency === undefined ? [] : [`latency  ${showLatency(latency)}`]),
    ...(endedMs === undefined
      ? []
      : [
          `ends     the last after ${(endedMs / 1000).toFixed(1)} s: ${perSecond(tally.acked, endedMs / 1000)} orders/s from POST to end`,
        ]),
  ].join('\n');
}

/** While it is under way. */
export function showLive(tally: LoadTally, ackedPerSecond: number): string {
  const latency = tally.latency();
  const not = tally.answered - tally.acked;
  return [
    `${Math.round(ackedPerSecond)}/s`,
    ...(latency === undefined ? [] : [`p50 ${ms(latency.p50)} p99 ${ms(latency.p99)}`]),
    ...(not === 0 ? [] : [`${not} not acked`]),
  ].join('  ');
}

/** For programs. */
export function loadJson({ run, tally, endedMs }: LoadResult, verification: VerificationReport | undefined) {
  const seconds = (run.endedMs - run.startedMs) / 1000;
  return {
    sent: run.sent,
    unsent: run.unsent,
    acked: tally.acked,
    refused: tally.refused,
    unknown: tally.unknown,
    retries: tally.retries,
    seconds,
    ackedPerSecond: tally.acked / seconds,
    latencyMs: tally.latency(),
    endedSeconds: endedMs === undefined ? undefined : endedMs / 1000,
    verification,
  };
}

function countLines(what: string, counts: ReadonlyMap<string, number>): string[] {
  return [...counts].map(([name, count]) => `  ${what}: ${count} × ${name}`);
}

function showLatency({ p50, p90, p99, max }: Latency): string {
  return `p50 ${ms(p50)}   p90 ${ms(p90)}   p99 ${ms(p99)}   max ${ms(max)}`;
}

function ms(value: number): string {
  return `${value.toFixed(value < 100 ? 1 : 0)} ms`;
}

function perSecond(count: number, seconds: number): string {
  return (count / seconds).toFixed(1);
}
