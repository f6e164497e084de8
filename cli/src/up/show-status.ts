/** What the running system says about itself, as text for people. */
import { withDataDir } from '../terminal/named-commands.ts';
import { plainTable } from '../terminal/table.ts';
import { wrapped } from '../terminal/wrap.ts';
import { findingsOf, type SystemFinding } from './findings.ts';
import { ownerOf, wordsOf } from './status-words.ts';
import type { SystemStatus } from './system-status.ts';

/** Processes, what lags or is stuck, and what is to be looked at. */
export function statusText(status: SystemStatus, width: number): string {
  const rows = status.processes.flatMap(rowsOf);
  const troubles = findingsOf(status.processes).flatMap(linesOf).map(withDataDir);
  const numbers = status.numbers.map((number) => [ownerOf(number), wordsOf(number), String(number.value)]);
  // Of a process that does not answer nobody knows whether it lags.
  const isQuiet = numbers.length === 0 && troubles.length === 0;
  const sections = [
    plainTable(['process', 'state', 'pid', 'restarts', 'memory', 'address'], rows, width),
    ...(isQuiet ? ['Nothing lags and nothing is stuck.'] : []),
    ...(numbers.length === 0 ? [] : [plainTable(['process or consumer', 'behind or stuck', 'now'], numbers, width)]),
    ...(troubles.length === 0
      ? []
      : [`To look at:\n${wrapped(troubles.map((line) => `  ${line}`).join('\n'), width, 2)}`]),
  ];
  return sections.join('\n\n');
}

/** A process with its first address, and a row for each further one. */
function rowsOf(one: SystemStatus['processes'][number]): string[][] {
  const [first = '-', ...further] = one.addresses;
  const memory = one.memoryMb === undefined ? '-' : `${one.memoryMb} MB`;
  return [
    [`${one.name} ${one.version ?? ''}`.trim(), one.state, String(one.pid ?? '-'), String(one.restarts), memory, first],
    ...further.map((address) => ['', '', '', '', '', address]),
  ];
}

/** What is wrong, with what helps and who waits for that in the lines below. */
function linesOf({ process, says, nextStep, waiting }: SystemFinding): string[] {
  return [
    `${process}: ${says}`,
    ...(nextStep === undefined ? [] : [`  → ${nextStep}`]),
    ...(waiting.length === 0 ? [] : [`  waiting for it: ${waiting.join(', ')}`]),
  ];
}
