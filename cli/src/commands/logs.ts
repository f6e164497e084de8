/** `eventstream logs`: what a server or service wrote, readable, and as it comes with -f. */
import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CodedError } from '@eventstream/platform';
import { Command } from 'commander';
import { wholeNumber } from '../terminal/arguments.ts';
import { more } from '../terminal/help.ts';
import { withDataDir } from '../terminal/named-commands.ts';
import { dataFolder, defaultDataDir } from '../up/data-folder.ts';
import { readableLine } from '../up/log-lines.ts';

const lookEveryMs = 200;
const linesMax = 100_000;

/** The command. */
export function logsCommand(): Command {
  return new Command('logs')
    .description('show the log of a server or service')
    .argument('[service]', 'its name; leave it out to list the names')
    .option('-f, --follow', 'keep showing new lines')
    .option('-n, --lines <count>', 'how many of the last lines to show', wholeNumber(0, linesMax), 50)
    .option('--json', 'print the lines as they were written: JSON, for programs')
    .option('--data-dir <folder>', 'data folder of the system', defaultDataDir)
    .addHelpText('after', more({ exitCodes: { 0: 'shown', 1: 'there is no such log, or none at all' } }))
    .action(logs);
}

async function logs(
  service: string | undefined,
  options: { follow?: true; lines: number; json?: true; dataDir: string },
): Promise<void> {
  const folder = dataFolder(options.dataDir).logs;
  const names = logNames(folder);
  if (names.length === 0)
    throw new CodedError('log_unknown', `There are no logs in ${folder}.`, {
      nextStep: 'Start the system with `npm start` first, or name its data folder with --data-dir.',
    });
  if (service === undefined) {
    for (const name of names) process.stdout.write(`${name}\n`);
    return;
  }
  if (!names.includes(service)) throw noSuchLog(service, names);
  const file = join(folder, `${service}.log`);
  const shown = options.json === true ? (line: string) => line : (line: string) => withDataDir(readableLine(line));
  const show = (line: string) => process.stdout.write(`${shown(line)}\n`);
  const last: string[] = [];
  let position = await readLines(file, 0, (line) => {
    last.push(line);
    if (last.length > options.lines) last.shift();
  });
  for (const line of last) show(line);
  while (options.follow === true) {
    await delay(lookEveryMs);
    const size = existsSync(file) ? statSync(file).size : 0;
    if (size < position) position = 0; // it was rotated: a new file begins
    if (size > position) position = await readLines(file, position, show);
  }
}

function logNames(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .map((name) => name.slice(0, -'.log'.length))
    .toSorted();
}

function noSuchLog(service: string, names: readonly string[]): CodedError {
  return new CodedError('log_unknown', `There is no log of "${service}".`, {
    nextStep: `There are logs of: ${names.join(', ')}.`,
  });
}

/**
 * Reads whole lines from `start`; answers the position after the last one, where the next read goes on. A line ends at its
 * line feed and nowhere else, and positions are counted in bytes: a program may write anything.
 */
export async function readLines(file: string, start: number, take: (line: string) => void): Promise<number> {
  const chunks: AsyncIterable<Buffer> = createReadStream(file, { start });
  let position = start;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      take(rest.subarray(0, end).toString());
      rest = rest.subarray(end + 1);
      position += end + 1;
    }
  }
  return position;
}
