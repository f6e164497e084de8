/** `npm run bench`: measures the product against what it is made of and against its peers, and holds it to its goals. */
import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { endWithLauncher } from '../cli/src/end-with-launcher.ts';
import { wholeNumber } from '../cli/src/terminal/arguments.ts';
import { note, print } from '../cli/src/terminal/print.ts';
import { showProgress } from '../cli/src/terminal/progress.ts';
import { report } from '../cli/src/terminal/report.ts';
import { contenders } from './contenders.ts';
import type { Contender } from './harness/contender.ts';
import { profilingOptions, readProfiles, showProfiles } from './harness/cpu-profiles.ts';
import { installPeers } from './harness/install-peers.ts';
import { judgeRow, type Row } from './harness/judge-rows.ts';
import { describeMachine } from './harness/machine.ts';
import { findPgbench, type Pgbench } from './harness/pgbench-program.ts';
import { runRounds } from './harness/run-rounds.ts';
import { rowsJson, showMarkdown, showTable } from './harness/show-rows.ts';
import { rows } from './rows.ts';

/** For the estimate: what starting servers takes, and how many orders a second a warm-up ends. */
const startSeconds = 10;
const ordersPerSecond = 500;

interface BenchOptions {
  readonly only?: readonly Row[];
  readonly quick?: true;
  readonly rounds?: number;
  readonly seconds?: number;
  readonly scale?: number;
  readonly warmUp?: number;
  readonly json?: true;
  readonly markdown?: true;
  readonly keep?: true;
  readonly profile?: string;
}

const full = { rounds: 3, seconds: 4, warmUpOrders: 20_000 } as const;
const quick = { rounds: 1, seconds: 1, warmUpOrders: 3_000 } as const;
/** The naive build ends a few orders a second, so that a tenth of the time goes further with it. */
const naiveWarmUpShare = 1 / 20;

const program = new Command('bench')
  .description('measure eventstream against PostgreSQL, JetStream and its peers, on this machine')
  .option('--only <row>', 'only this row (may be repeated)', chooseRow)
  .option('--quick', 'under 2 minutes: shorter and fewer rounds, without the rows that take long')
  .option('--rounds <count>', `how often each is measured (default ${full.rounds})`, wholeNumber(1, 100))
  .option('--seconds <count>', `how long each time (default ${full.seconds})`, wholeNumber(1, 600))
  .option('--scale <percent>', 'size of the rows that take long: growth and memory (default 100)', wholeNumber(1, 100))
  .option(
    '--warm-up <orders>',
    `orders before anything is measured on a system (default ${full.warmUpOrders}, quick ${quick.warmUpOrders})`,
    wholeNumber(1, 1_000_000),
  )
  .option('--json', 'for programs: npm run --silent bench -- --json')
  .option('--markdown', 'for a page')
  .option('--keep', 'leave servers’ data and logs behind')
  .option('--profile <folder>', 'leave CPU profiles and statements’ plans there; figures are lower than without')
  .addHelpText(
    'after',
    `\nRows: ${rows.map(({ name }) => name).join(', ')}\nExit codes: 0 measured, 1 failed or a figure is void.`,
  )
  .action((options: BenchOptions) => bench(options));

function chooseRow(name: string, before: readonly Row[] = []): readonly Row[] {
  const row = rows.find((one) => one.name === name);
  if (row === undefined) throw new InvalidArgumentError(`The rows are ${rows.map((one) => one.name).join(', ')}.`);
  return [...before, row];
}

async function bench(options: BenchOptions): Promise<void> {
  const chosen = (options.only ?? rows).filter(({ slow }) => options.quick !== true || slow !== true);
  const needed = neededFor(chosen);
  const usual = options.quick === true ? quick : full;
  const { rounds = usual.rounds, seconds = usual.seconds, warmUp = usual.warmUpOrders } = options;
  tellNeeds(needed, { rounds, seconds, warmUpOrders: warmUp });
  const pgbench = await findPeers(needed);
  const machine = await describeMachine({ pgbench: pgbench?.version, rounds, secondsPerRun: seconds });
  if (options.profile !== undefined) await beginProfiling(options.profile);
  const folder = await mkdtemp(join(tmpdir(), 'eventstream-bench-'));
  await chmod(folder, 0o755); // under root, PostgreSQL runs as another user, who must get in
  if (options.scale !== undefined) note(`Rows that take long are tried at ${options.scale} % of their size.`);
  const progress = showProgress('measuring');
  const notes: string[] = [];
  const end = endOnSignal();
  try {
    const results = await runRounds({
      contenders: needed,
      rounds,
      seconds,
      folder,
      shared: {
        folder,
        program: pgbench?.program ?? '',
        scale: (options.scale ?? 100) / 100,
        warmUpOrders: warmUp,
        naiveWarmUpOrders: Math.ceil(warmUp * naiveWarmUpShare),
      },
      plansFolder: options.profile,
      signal: end.signal,
      onRun: (done, of, next) => progress.at(done, of, next),
      onNotes: (_contender, lines) => notes.push(...lines),
    });
    progress.end();
    const judged = chosen.map((row) => judgeRow(row, (contender) => results.get(contender) ?? []));
    for (const line of notes) note(line);
    if (options.json === true) print(rowsJson(machine, judged));
    else print(options.markdown === true ? showMarkdown(machine, judged) : showTable(machine, judged));
    if (options.profile !== undefined) await tellProfiles(options.profile);
    if (judged.some(({ voidBecause }) => voidBecause !== undefined)) process.exitCode = 1;
  } finally {
    progress.end();
    if (options.keep === true) note(`Data and logs are in ${folder}`);
    else await rm(folder, { recursive: true, force: true });
  }
}

/** Finds pgbench and installs the others; says what is missing, whose rows have no figure then. */
async function findPeers(needed: readonly Contender[]): Promise<Pgbench | undefined> {
  const pgbench = await findPgbench(note);
  const missing = needed.some(({ program: name }) => name === 'emmett.mjs') ? installPeers(note) : undefined;
  if (missing !== undefined) note(missing);
  if (typeof pgbench !== 'string') return pgbench;
  note(pgbench);
  return undefined;
}

/** Every program inherits it. This one does not profile itself. */
async function beginProfiling(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0)
    throw new InvalidArgumentError(`${folder} is not empty: name another folder.`);
  process.env['NODE_OPTIONS'] = profilingOptions(resolve(folder), process.env['NODE_OPTIONS']);
}

async function tellProfiles(folder: string): Promise<void> {
  note('\nWhose code ran, from each program’s start to its end, and for how long it ran or waited for a processor:');
  for (const line of showProfiles(await readProfiles(folder))) note(`  ${line}`);
  note(`The profiles (flame graphs in Chrome’s DevTools or speedscope) and PostgreSQL’s plans are in ${folder}`);
}

function neededFor(chosen: readonly Row[]): Contender[] {
  const names = new Set(chosen.flatMap(({ value, against }) => [value.contender, against?.contender]));
  return contenders.filter(({ name }) => names.has(name));
}

function tellNeeds(
  needed: readonly Contender[],
  { rounds, seconds, warmUpOrders }: { rounds: number; seconds: number; warmUpOrders: number },
): void {
  const grounds = new Set(needed.map(({ ground }) => ground));
  const systems = [...grounds].filter((ground) => ground !== 'store').length;
  const runSeconds = needed.reduce(
    (sum, one) => sum + (one.ownRounds === true ? one.aroundSeconds : (one.aroundSeconds + seconds) * rounds),
    grounds.size * startSeconds + (systems * warmUpOrders) / ordersPerSecond,
  );
  const diskGb = 1 + needed.reduce((sum, { diskGb: gb = 0 }) => sum + gb, 0);
  const few = rounds < full.rounds ? ` (fewer than the ${full.rounds} that a result should have)` : '';
  note(
    `${needed.length} contenders, ${rounds} rounds of ${seconds} s${few}: about ${Math.ceil(runSeconds / 60)} minutes and ${diskGb} GB of disk.`,
  );
  if (systems > 0 && warmUpOrders < full.warmUpOrders)
    note(`The product is warmed up by ${warmUpOrders} orders, where a result should have ${full.warmUpOrders}.`);
}

/** Ends what runs at the first signal; what was measured until then is shown. */
function endOnSignal(): AbortController {
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => end.abort());
  return end;
}

endWithLauncher();
try {
  await program.parseAsync();
} catch (error) {
  report(error);
  process.exitCode = 1;
}
