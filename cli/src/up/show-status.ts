/** What the running system says about itself, as text for people. */
import { plainTable } from '../terminal/table.ts';
import { wrapped } from '../terminal/wrap.ts';
import { complaintsOf } from './complaints.ts';
import { ownerOf, wordsOf } from './status-words.ts';
import type { SystemStatus } from './system-status.ts';

/** Processes, what lags or is stuck, and what is to be looked at. */
export function statusText(status: SystemStatus, width: number): string {
  const rows = status.processes.flatMap(rowsOf);
  const troubles = status.processes.flatMap(linesOf);
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
    [one.name, one.state, String(one.pid ?? '-'), String(one.restarts), memory, first],
    ...further.map((address) => ['', '', '', '', '', address]),
  ];
}

/** What a process says is wrong, each with what helps in the line below. */
function linesOf(process: SystemStatus['processes'][number]): string[] {
  return complaintsOf(process).flatMap(({ says, nextStep }) => [
    `${process.name}: ${says}`,
    ...(nextStep === undefined ? [] : [`  → ${nextStep}`]),
  ]);
}
