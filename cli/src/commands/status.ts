/** `eventstream status`: the running system on one screen. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { more } from '../terminal/help.ts';
import { print, printJson } from '../terminal/print.ts';
import { plainTable } from '../terminal/table.ts';
import { widthOfResult, wrapped } from '../terminal/wrap.ts';
import { complaintsOf } from '../up/complaints.ts';
import { defaultDataDir } from '../up/data-folder.ts';
import { readRunningSystem } from '../up/running-system.ts';
import { ownerOf, wordsOf } from '../up/status-words.ts';
import { readStatus, type SystemStatus } from '../up/system-status.ts';

/** The command. Exit code 1 when something is not ready or stuck. */
export function statusCommand(): Command {
  return new Command('status')
    .description('show what runs, how far behind it is, and what is stuck')
    .option('--data-dir <folder>', 'data folder of the system', defaultDataDir)
    .option('--json', 'print JSON, for programs')
    .addHelpText(
      'after',
      more({ exitCodes: { 0: 'all is ready and nothing is stuck', 1: 'something is not, or nothing runs' } }),
    )
    .action(async (options: { dataDir: string; json?: true }) => {
      const status = await readStatus(readRunningSystem(resolve(options.dataDir)));
      if (options.json === true) printJson(status);
      else print(screen(status, widthOfResult()));
      if (!status.healthy) process.exitCode = 1;
    });
}

function screen(status: SystemStatus, width: number): string {
  const rows = status.processes.flatMap(rowsOf);
  const troubles = status.processes.flatMap(linesOf);
  const numbers = status.numbers.map((number) => [ownerOf(number), wordsOf(number), String(number.value)]);
  const sections = [
    plainTable(['process', 'state', 'pid', 'restarts', 'memory', 'address'], rows, width),
    numbers.length === 0
      ? 'Nothing lags and nothing is stuck.'
      : plainTable(['process or consumer', 'behind or stuck', 'now'], numbers, width),
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
