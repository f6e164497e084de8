// What is checked without running the system. Each check is a program that ends with 0 when all is well.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A check: a program, and what to do when it complains. */
export interface Check {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
  /** The next step for whoever sees it fail. */
  readonly whenFailed: string;
}

const root = join(import.meta.dirname, '..');
const bin = (name: string): string => join(root, 'node_modules', '.bin', name);
const tool = (name: string, ...args: string[]): Check['command'] => [process.execPath, `tools/${name}`, ...args];
/** Far above what any of them takes, so that a hanging one can't hold up everything. */
const withinMs = 180_000;

/** All checks, quick ones first. */
export const checks: readonly Check[] = [
  {
    name: 'format',
    command: [bin('biome'), 'check', '--max-diagnostics=20', '.'],
    whenFailed: 'npm run format writes it right',
  },
  { name: 'imports', command: tool('check-dependencies.mjs'), whenFailed: '.dependency-cruiser.cjs has the rules' },
  { name: 'dead code', command: [bin('knip')], whenFailed: 'remove it, or say in knip.jsonc who uses it' },
  {
    name: 'used by tests only',
    command: [bin('knip'), '--production', '--include', 'files'],
    whenFailed: 'remove it, or name it *.fixture.ts',
  },
  { name: 'lint', command: [bin('oxlint'), '--deny-warnings'], whenFailed: '.oxlintrc.json has the rules' },
  { name: 'types', command: [bin('tsc'), '--noEmit', '-p', '.'], whenFailed: 'correct the types' },
  {
    name: 'types of the page',
    command: [bin('tsc'), '--noEmit', '-p', 'services/console/web'],
    whenFailed: 'correct the types',
  },
  { name: 'contracts', command: tool('check-proto.ts'), whenFailed: 'CONTRIBUTING.md says how contracts change' },
  // Two files of unit tests read the repository itself: what breaks their rules is to be seen before a commit.
  {
    name: 'house rules',
    command: [process.execPath, '--test', '--test-reporter=dot', 'tools/tidy.unit.test.ts'],
    whenFailed: 'node --test tools/tidy.unit.test.ts says which rule, and who breaks it',
  },
  {
    name: 'pages',
    command: [process.execPath, '--test', '--test-reporter=dot', 'examples/pages.unit.test.ts'],
    whenFailed: 'node --test examples/pages.unit.test.ts says which page, and what is wrong with it',
  },
  {
    name: 'lockfile',
    command: tool('complete-lockfile.mjs', '--check'),
    whenFailed: 'node tools/complete-lockfile.mjs completes it',
  },
];

/** Plain lines where nobody looks at a terminal: not every tool finds that out itself. */
const environment = process.stdout.isTTY ? process.env : { ...process.env, NO_COLOR: '1' };

/** Runs a check to its end, with its output on ours. False when it complained, hung or could not be started. */
export async function runCheck({ command: [program, ...args] }: Check, signal: AbortSignal): Promise<boolean> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(withinMs)]);
  try {
    const child = spawn(program, args, {
      cwd: root,
      env: environment,
      stdio: ['ignore', 'inherit', 'inherit'],
      signal: limit,
    });
    await once(child, 'exit');
    return child.exitCode === 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return false;
  }
}
