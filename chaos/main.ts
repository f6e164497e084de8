/**
 * `npm run chaos`: the real processes, the real servers, proxies in the links between them, orders arriving, and things
 * going wrong by a seeded schedule; then everything is made whole, and held against what the clients were told.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodedError, messageOf } from '@eventstream/platform';
import { Command, InvalidArgumentError } from 'commander';
import { Draw } from './draw.ts';
import { catalogue, choose } from './faults/catalogue.ts';
import { type Fault, families } from './faults/fault.ts';
import { History } from './load/history.ts';
import { type ChaosReport, passed, reportJson, showReport } from './report.ts';
import { run } from './run.ts';
import { hasOwnMounts, mountSmallDisk, runAgainWithOwnMounts, whyNoSmallDisks } from './stage/small-disks.ts';
import { openStage } from './stage/stage.ts';

interface Options {
  readonly minutes: number;
  readonly seed: string;
  readonly faults: readonly string[];
  readonly once?: true;
  readonly cluster?: true;
  readonly rate: number;
  readonly keep?: true;
  readonly json?: true;
}

const exit = { passed: 0, failed: 1, couldNot: 2 } as const;
const smallDisks = { postgres: 1_024, nats: 384 };

const command = new Command('npm run chaos --')
  .description('break everything that can break while orders arrive, and see that nothing is lost and nothing doubled')
  .option('--minutes <number>', 'how long things go wrong', positive, 10)
  .option('--seed <text>', 'which faults come in which order', String(Date.now() % 1_000_000))
  .option('--faults <list>', `families (${families.join(', ')}) or names, separated by commas`, list, [...families])
  .option('--once', 'end as soon as every fault has happened, at the latest after the minutes')
  .option('--cluster', 'three nats-servers with three copies of the stream, instead of one')
  .option('--rate <number>', 'orders that arrive in a second', positive, 25)
  .option('--keep', 'keep the folder with every log and the history')
  .option('--json', 'the result for programs, on stdout')
  .addHelpText(
    'after',
    `
The seed decides the order and the kind of the faults, and who orders what; the time that things take is real.
Exit codes: 0 every promise holds and every fault happened, 1 not so, 2 it could not be run.

Example:
  npm run chaos -- --minutes 2 --faults kill,broker --seed 7`,
  );

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('It has to be a number above 0.');
  return value;
}

function list(text: string): readonly string[] {
  return text.split(',').map((word) => word.trim());
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function main(options: Options): Promise<number> {
  const wanted = choose(catalogue(options.cluster === true), options.faults);
  const wantsDisks = wanted.some(({ family }) => family === 'disk');
  const reason = wantsDisks && !hasOwnMounts() ? whyNoSmallDisks() : undefined;
  if (wantsDisks && reason === undefined && !hasOwnMounts()) return runAgainWithOwnMounts();
  const faults = wanted.filter(({ family }) => reason === undefined || family !== 'disk');
  const skipped = reason === undefined ? [] : [{ family: 'disk' as const, reason }];
  const folder = mkdtempSync(join(tmpdir(), 'eventstream-chaos-'));
  chmodSync(folder, 0o755); // under root, PostgreSQL runs as another user, who must get in
  const disks =
    wantsDisks && reason === undefined
      ? Object.entries(smallDisks).map(([name, megabytes]) => mountSmallDisk(join(folder, name), megabytes))
      : [];
  try {
    const report = await play(options, faults, folder, skipped);
    process.stdout.write(`${options.json === true ? reportJson(report) : showReport(report)}\n`);
    return passed(report) ? exit.passed : exit.failed;
  } finally {
    if (options.keep === true) note(`Logs and history are in ${folder}`);
    else {
      for (const unmount of disks) unmount();
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

async function play(
  { minutes, seed, rate, faults: wanted, ...chosen }: Options,
  faults: readonly Fault[],
  folder: string,
  skipped: ChaosReport['skipped'],
): Promise<ChaosReport> {
  const draw = new Draw(seed);
  const once = chosen.once === true;
  const cluster = chosen.cluster === true;
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());
  note(
    `Seed ${seed}: ${faults.length} kinds of faults in ${minutes} min, ${rate} orders a second. Starting everything ...`,
  );
  const stage = await openStage({ folder, nodes: cluster ? 3 : 1, draw });
  try {
    const history = new History(join(folder, 'history.jsonl'));
    const startedMs = performance.now();
    const result = await run({
      stage,
      faults,
      draw,
      forMs: minutes * 60_000,
      once,
      ordersPerSecond: rate,
      history,
      onFault: (line) => note(`${((performance.now() - startedMs) / 1000).toFixed(1).padStart(6)} s  ${line}`),
      onProgress: progress(history),
      signal: interrupted.signal,
    });
    return { seed, minutes, once, rate, wanted, cluster, result, history, skipped };
  } finally {
    await stage.close();
  }
}

/** On a terminal a line that changes; elsewhere the faults' own lines are enough. */
function progress(history: History): (leftMs: number, phase: 'breaking' | 'judging') => void {
  return (leftMs, phase) => {
    if (!process.stderr.isTTY) return;
    const { acked, refused, unknown } = history.counts;
    const what = phase === 'breaking' ? `${Math.ceil(leftMs / 1000)} s left` : 'waiting for rest';
    process.stderr.write(`\r\u001b[K${what}; ${acked} acknowledged, ${refused} refused, ${unknown} unknown\r`);
  };
}

/** Node would end with the code of a run that was judged, and nobody could tell the two apart. */
process.on('uncaughtException', (error) => {
  note(`chaos: a fault of its own: ${error.stack ?? messageOf(error)}`);
  process.exit(exit.couldNot);
});

try {
  const parsed = command.parse();
  // Everything is stopped; connections that are kept alive would hold this process for a while.
  process.exit(await main(parsed.opts<Options>()));
} catch (error) {
  const nextStep = error instanceof CodedError && error.nextStep !== undefined ? `\n${error.nextStep}` : '';
  note(`chaos: ${messageOf(error)}${nextStep}`);
  process.exit(exit.couldNot);
}
