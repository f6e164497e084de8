/**
 * `npm run sim`: thousands of small worlds in which the whole platform runs and everything goes wrong, each from a seed.
 * Exit codes: 0 every promise holds and every fault happened, 1 something broke or never happened, 2 it could not be run.
 */
import { Command, InvalidArgumentError } from 'commander';
import { showProgress } from '../cli/src/terminal/progress.ts';
import { isSafeguard, type SafeguardName, safeguardNames } from './src/faults/safeguards.ts';
import { faultsOfRun, showRun, showWorld } from './src/run/report.ts';
import { runWorld } from './src/run/run-world.ts';
import { runWorlds } from './src/run/run-worlds.ts';
import { shrink } from './src/run/shrink.ts';

interface Options {
  readonly worlds: number;
  readonly from: number;
  readonly seed?: number;
  readonly without?: SafeguardName;
  readonly threads?: number;
  readonly json?: true;
}

/** With fewer worlds, something rare may well not have happened. */
const enoughWorlds = 2_000;

const exit = { wrong: 1, notRun: 2 } as const;

const program = new Command('sim')
  .usage('[options]    (through npm: npm run sim -- [options])')
  .description(
    'Runs the platform in thousands of simulated worlds in which processes die, calls are lost and doubled, and the broker forgets; then checks every promise. What breaks is shrunk and told.',
  )
  .option('--worlds <n>', 'how many worlds', whole, 10_000)
  .option('--from <seed>', 'the first seed; each world has the next one', whole, 1)
  .option('--seed <n>', 'replay this world exactly, and tell its story', whole)
  .option('--without <safeguard>', `leave a safeguard out: ${safeguardNames.join(', ')}`, safeguard)
  .option('--threads <n>', 'default: one for each core', whole)
  .option('--json', 'for programs')
  .addHelpText(
    'after',
    `
Exit codes: 0 every promise holds and every fault happened, 1 a promise is broken or a fault never happened, 2 it could
not be run.

Examples:
  npm run sim                                10,000 worlds
  npm run sim -- --seed 41                   one of them, told line by line
  npm run sim -- --without tombstone         shows what a safeguard is for`,
  )
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : exit.notRun))
  .action((options: Options) =>
    (options.seed === undefined ? runMany(options) : replay(options, options.seed)).catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = exit.notRun;
    }),
  );
await program.parseAsync();

async function runMany({ worlds, from, without, threads, json }: Options): Promise<void> {
  const startedMs = performance.now();
  const progress = showProgress('worlds');
  const result = await runWorlds({
    from,
    worlds,
    lacks: without,
    onProgress: (done, of) => progress.at(done, of),
    ...(threads === undefined ? {} : { threads }),
  }).finally(() => progress.end());
  const tookMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage();
  const cpuMs = (user + system) / 1_000;
  const faults = faultsOfRun(result, without === undefined && worlds >= enoughWorlds);
  if (json) {
    const { tallies, ...rest } = result;
    print(
      JSON.stringify(
        { ...rest, tookMs, cpuMs, holds: faults.length === 0, faults, counts: Object.fromEntries(tallies) },
        null,
        2,
      ),
    );
  } else {
    print(showRun(result, { tookMs, cpuMs }));
    const [first] = result.brokenWorlds;
    if (first !== undefined) await tellShrunk(first.seed, without);
    print(faults.length === 0 ? '\nEvery promise holds in every world.' : `\n${faults.join('\n')}`);
  }
  process.exitCode = faults.length === 0 ? 0 : exit.wrong;
}

async function replay({ without, json }: Options, seed: number): Promise<void> {
  const result = await runWorld({ seed, lacks: without, isTold: true });
  if (json) print(JSON.stringify({ ...result, counts: Object.fromEntries(result.counts) }, null, 2));
  else print(showWorld(result));
  if (result.broken === undefined) return;
  process.exitCode = exit.wrong;
  if (!json) await tellShrunk(seed, without);
}

async function tellShrunk(seed: number, lacks: SafeguardName | undefined): Promise<void> {
  const failed = await runWorld({ seed, lacks });
  const { result, runs } = await shrink({ seed, lacks }, failed);
  const less = `${result.faults.length} of its ${failed.faults.length} faults and ${result.orders} of its ${failed.orders} orders`;
  print(`\nThe same world with ${less} (found by running ${runs} others):\n\n${showWorld(result)}`);
  print(`\nReplay it whole: npm run sim -- --seed ${seed}${lacks === undefined ? '' : ` --without ${lacks}`}`);
}

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return number;
}

function safeguard(text: string): SafeguardName {
  if (!isSafeguard(text)) throw new InvalidArgumentError(`It must be one of ${safeguardNames.join(', ')}.`);
  return text;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
