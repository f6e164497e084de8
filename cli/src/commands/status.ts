/** `eventstream status`: the running system on one screen. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { more } from '../terminal/help.ts';
import { print, printJson } from '../terminal/print.ts';
import { widthOfResult } from '../terminal/wrap.ts';
import { defaultDataDir } from '../up/data-folder.ts';
import { readRunningSystem } from '../up/running-system.ts';
import { statusText } from '../up/show-status.ts';
import { readStatus } from '../up/system-status.ts';

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
      else print(statusText(status, widthOfResult()));
      if (!status.healthy) process.exitCode = 1;
    });
}
