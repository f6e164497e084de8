// Finds the tests by the end of their names, and runs a tier of them with Node's own runner.
import { once } from 'node:events';
import { globSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const root = join(import.meta.dirname, '..');
const nowhere = new Set(['node_modules', '.eventstream', '.git']);

/** unit: no input or output. int: real servers. e2e: the whole system, as `npm start` starts it. */
export const tiers = ['unit', 'int', 'e2e'] as const;
export type Tier = (typeof tiers)[number];

/** How many files run at once, and how long one may take. Much of an e2e test's time is waiting for a deadline or a restart. */
const limits: Record<Tier, { filesAtOnce: number; fileWithinMs: number }> = {
  unit: { filesAtOnce: 2, fileWithinMs: 60_000 },
  int: { filesAtOnce: 2, fileWithinMs: 180_000 },
  e2e: { filesAtOnce: 2, fileWithinMs: 300_000 },
};

/** How a tier went. Suites don't count, only tests. */
export interface TestResult {
  readonly passed: number;
  readonly skipped: number;
  /** Every test that failed: `file › name`, and below it the first lines of why. */
  readonly failures: readonly string[];
}

/** Enough to see what happened from the summary alone, which may be all that is kept of a run. */
const whyLinesMax = 12;
const whyLineLengthMax = 300;

function whyOf({ cause, message }: Error): string {
  const text = cause instanceof Error ? cause.message : message;
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines
    .slice(0, whyLinesMax)
    .map((line) => `\n    ${line.slice(0, whyLineLengthMax)}`)
    .join('');
}

export function isTier(word: string): word is Tier {
  return tiers.some((tier) => tier === word);
}

/** The test files at a file, in a folder, or that match a pattern; relative to the root, in order. */
export function testFilesAt(path: string): string[] {
  const isFolder = statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory() ?? false;
  return globSync(isFolder ? join(path, '**/*.test.ts') : path, { cwd: root, exclude: (name) => nowhere.has(name) })
    .filter((file) => file.endsWith('.test.ts'))
    .toSorted();
}

export function filesOfTier(tier: Tier, files: readonly string[]): string[] {
  return files.filter((file) => file.endsWith(`.${tier}.test.ts`));
}

/** Runs the files, each in a process of its own, and prints every test as it ends. */
export async function runTests(tier: Tier, files: readonly string[], signal: AbortSignal): Promise<TestResult> {
  const { filesAtOnce, fileWithinMs } = limits[tier];
  const stream = run({
    files: files.map((file) => join(root, file)),
    concurrency: filesAtOnce,
    timeout: fileWithinMs,
    execArgv: ['--import', `${import.meta.resolve('./end-when-hanging.ts')}?withinMs=${fileWithinMs}`],
    signal,
  });
  const counted = { passed: 0, skipped: 0 };
  const failures: string[] = [];
  stream.on('test:pass', ({ name, skip, todo, details }) => {
    if (details.type === 'suite') return;
    // The runner lets a file without any test pass as if it were one.
    if (files.some((file) => name === join(root, file))) failures.push(`${relative(root, name)} has no test`);
    else if (skip !== undefined || todo !== undefined) counted.skipped += 1;
    else counted.passed += 1;
  });
  stream.on('test:fail', ({ name, file, details: { error, type } }) => {
    // A suite fails when something in it does; that one is listed itself.
    if (type === 'suite' && 'failureType' in error && error.failureType === 'subtestsFailed') return;
    const where = file === undefined ? '' : relative(root, file);
    failures.push(`${name === file ? `${where} did not run to its end` : `${where} › ${name}`}${whyOf(error)}`);
  });
  const reporter = new spec();
  stream.pipe(reporter).pipe(process.stdout, { end: false });
  await once(reporter, 'end');
  return { ...counted, failures };
}
