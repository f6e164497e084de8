/** A run as text for people and as JSON for programs. */
import { type Family, families } from './faults/fault.ts';
import type { History } from './load/history.ts';
import type { RunResult } from './run.ts';
import type { FaultCount } from './turns.ts';

/** What is reported. */
export interface ChaosReport {
  readonly seed: string;
  readonly minutes: number;
  readonly once: boolean;
  readonly rate: number;
  /** As `--faults` has them. */
  readonly wanted: readonly string[];
  readonly cluster: boolean;
  readonly result: RunResult;
  readonly history: History;
  /** Families that this machine cannot have, and why. */
  readonly skipped: readonly { readonly family: Family; readonly reason: string }[];
}

const namedMax = 10;

/** Faults that were begun, or were all to come, and never really happened: then the run has not shown what it is for. */
function neverFired({ result, once }: ChaosReport): readonly FaultCount[] {
  return result.counts.filter(({ begun, fired }) => fired === 0 && (begun > 0 || once));
}

/** Whether everything is as promised, and every fault really happened. */
export function passed(report: ChaosReport): boolean {
  return isSound(report.result.judgement) && neverFired(report).length === 0;
}

function isSound({ unrest, broken, lies, deadLetters }: ChaosReport['result']['judgement']): boolean {
  return unrest === undefined && broken.length === 0 && lies.length === 0 && deadLetters === 0;
}

/** Lines for people. */
export function showReport(report: ChaosReport): string {
  const { result, history, skipped } = report;
  const { judgement, counts, heldBack } = result;
  const { acked, refused, unknown } = history.counts;
  return [
    '',
    ...faultTable(counts),
    ...skipped.map(({ family, reason }) => `skipped: ${family} (${reason})`),
    '',
    `orders asked for: ${history.orders.length}${heldBack > 0 ? ` (${heldBack} more were held back)` : ''}; stored: ${judgement.orders}`,
    `requests: ${acked} acknowledged, ${refused} refused, ${unknown} unknown`,
    `every order had its end ${(judgement.restAfterMs / 1000).toFixed(1)} s after the last fault`,
    '',
    ...complaints(report),
    verdict(report),
    `Again: npm run chaos -- ${sameAgain(report)}`,
  ].join('\n');
}

/** The options that make the same schedule. */
function sameAgain({ seed, minutes, once, rate, cluster, wanted }: ChaosReport): string {
  const isAll = wanted.length === families.length && families.every((family) => wanted.includes(family));
  const some = isAll ? '' : ` --faults "${wanted.join(',')}"`;
  return `--seed ${seed} --minutes ${minutes} --rate ${rate}${once ? ' --once' : ''}${cluster ? ' --cluster' : ''}${some}`;
}

/** The same for programs. */
export function reportJson(report: ChaosReport): string {
  const { result, history, seed, minutes, cluster, skipped } = report;
  return JSON.stringify({
    seed,
    minutes,
    cluster,
    passed: passed(report),
    faults: result.counts.map(({ fault, begun, fired, times, trouble }) => ({
      name: fault.name,
      family: fault.family,
      begun,
      fired,
      times,
      ...(trouble === undefined ? {} : { trouble }),
    })),
    skipped,
    requests: history.counts,
    ordersAskedFor: history.orders.length,
    heldBack: result.heldBack,
    ...result.judgement,
  });
}

function faultTable(counts: readonly FaultCount[]): string[] {
  const width = Math.max(...counts.map(({ fault }) => fault.name.length));
  return [
    `${'fault'.padEnd(width)}  begun  happened  times`,
    ...counts.map(({ fault, begun, fired, times, trouble }) => {
      const numbers = `${String(begun).padStart(5)}  ${String(fired).padStart(8)}  ${String(times).padStart(5)}`;
      const never = begun === 0 ? '  its turn did not come' : fired === 0 ? `  NEVER: ${trouble ?? ''}` : '';
      return `${fault.name.padEnd(width)}  ${numbers}${never}`;
    }),
  ];
}

function complaints(report: ChaosReport): string[] {
  const { unrest, broken, lies, deadLetters } = report.result.judgement;
  const never = neverFired(report);
  return [
    ...(unrest === undefined ? [] : [`NOT AT REST: ${unrest}`]),
    ...broken.map((line) => `BROKEN: ${line}`),
    ...(deadLetters > 0 ? [`GIVEN UP: ${deadLetters} events are dead letters`] : []),
    ...lies.slice(0, namedMax).map(({ orderId, says }) => `LIE: order ${orderId} ${says}`),
    ...(lies.length > namedMax ? [`… and ${lies.length - namedMax} more`] : []),
    ...never.map(({ fault, trouble }) => `NEVER HAPPENED: ${fault.name}: ${trouble ?? 'its turn did not come'}`),
  ];
}

function verdict(report: ChaosReport): string {
  if (passed(report)) return 'Nothing was lost, nothing doubled, nobody was lied to.';
  return isSound(report.result.judgement) ? 'All promises hold, but not every fault happened.' : 'FAILED.';
}
