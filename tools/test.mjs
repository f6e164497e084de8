// `npm test`: lint, format, types and architecture, then every test that lies beside the code. Arguments are paths or patterns of test
// files; with them only these tests run. Ends with 1 when anything failed, after having run everything.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const bin = (name) => join(root, 'node_modules', '.bin', name);
const wanted = process.argv.slice(2);

const checks = [
  { name: 'lint', command: [bin('oxlint'), '--deny-warnings', '.'] },
  { name: 'format', command: [bin('biome'), 'format', '.'] },
  { name: 'types', command: [bin('tsc'), '--noEmit', '-p', '.'] },
  { name: 'lockfile for every platform', command: [process.execPath, 'tools/complete-lockfile.mjs', '--check'] },
  { name: 'which way imports point', command: [process.execPath, 'tools/check-dependencies.mjs'] },
];

const failed = [];
for (const { name, command } of wanted.length > 0 ? [] : checks) await step(name, command);
await step('tests', [
  process.execPath,
  '--test',
  '--test-concurrency=2',
  '--test-timeout=240000',
  '--test-force-exit',
  ...testFiles(),
]);
console.log(failed.length === 0 ? '\nEverything passed.' : `\nFailed: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;

async function step(name, [program, ...args]) {
  console.log(`\n== ${name}`);
  const startedMs = performance.now();
  const child = spawn(program, args, { cwd: root, stdio: 'inherit' });
  const endOnSignal = (signal) => {
    child.kill(signal);
    child.once('exit', () => process.exit(1));
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, endOnSignal);
  const [code] = await once(child, 'exit');
  for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, endOnSignal);
  if (code !== 0) failed.push(name);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`== ${name}: ${code === 0 ? 'passed' : 'FAILED'} in ${seconds} s`);
}

/** The files to run, quick ones first. A pattern without any file is a mistake, not a success. */
function testFiles() {
  const patterns = wanted.length > 0 ? wanted : ['{packages,services,cli,examples,bench,tools}/**/*.test.ts'];
  const found = patterns.flatMap((pattern) =>
    existsSync(join(root, pattern)) ? [pattern] : globSync(pattern, { cwd: root }),
  );
  const files = found.flatMap((path) =>
    path.endsWith('.ts') ? [path] : globSync(`${path}/**/*.test.ts`, { cwd: root }),
  );
  const tests = files.filter((path) => !path.includes('node_modules'));
  if (tests.length === 0) {
    console.error(`No test file matches ${patterns.join(' ')}.`);
    process.exit(1);
  }
  const rank = (path) => ['.unit.test.ts', '.int.test.ts', '.e2e.test.ts'].findIndex((ending) => path.endsWith(ending));
  return tests.toSorted((one, other) => rank(one) - rank(other));
}
