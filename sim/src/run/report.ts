/** A run's report: what was run, what happened how often, what broke. */

import type { WorldResult } from '../world/world.ts';
import { expected, missing } from './expected.ts';
import type { PortionResult } from './portion.ts';

/** The report in lines. */
export function showRun(result: PortionResult, { tookMs, cpuMs }: { tookMs: number; cpuMs: number }): string {
  const perSecond = (result.worlds / tookMs) * 1_000;
  const livedH = result.livedMs / 3_600_000;
  const lines = [
    `${count(result.worlds)} worlds in ${(tookMs / 1_000).toFixed(1)} s (${perSecond.toFixed(0)} a second; ` +
      `${(cpuMs / 1_000).toFixed(1)} s of CPU, ${(cpuMs / result.worlds).toFixed(1)} ms a world): ` +
      `${count(result.orders)} orders, ${count(result.events)} events, ${count(result.faults)} faults, ` +
      `${livedH.toFixed(1)} hours of their time`,
  ];
  for (const { title, names } of expected) {
    lines.push('', `${title.padEnd(82)} ${'times'.padStart(9)} ${'worlds'.padStart(8)}`);
    for (const name of names) {
      const tally = result.tallies.get(name);
      const says = name.slice(name.indexOf(': ') + (name.includes(': ') ? 2 : 1));
      const figures = tally ? `${count(tally.times).padStart(9)} ${count(tally.worlds).padStart(8)}` : '    NEVER';
      lines.push(`  ${says.padEnd(80)} ${figures}`);
    }
  }
  return lines.join('\n');
}

/** What is wrong with a run; empty when all is well. */
export function faultsOfRun(result: PortionResult, wantsEverything: boolean): readonly string[] {
  const broken = result.brokenWorlds.map(
    ({ seed, broken: { promise, message } }) => `world ${seed} breaks promise ${promise}: ${message}`,
  );
  const never = wantsEverything ? missing(result.tallies).map((name) => `never happened: ${name}`) : [];
  return [...broken, ...never];
}

/** One world's story. */
export function showWorld(result: WorldResult): string {
  const { seed, orders, events, faults, livedMs, fingerprint, broken } = result;
  const lived = (livedMs / 1_000).toFixed(1);
  return [
    `World ${seed}: ${orders} orders, ${events} events, ${faults.length} faults, ${lived} s of its time, fingerprint ${fingerprint}`,
    '',
    ...result.story,
    '',
    broken ? `Promise broken: ${broken.promise}\n  ${broken.message}` : 'Every promise holds.',
  ].join('\n');
}

function count(number: number): string {
  return number.toLocaleString('en-US');
}
