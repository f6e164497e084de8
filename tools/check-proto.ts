// Checks the contracts in proto/: they follow buf's rules, the generated code in the repository is what they generate, and they
// break nobody who speaks proto/baseline.json, the contracts as they were published. With --renew, that file is written anew.
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const programs = join(root, 'node_modules', '.bin');
const baseline = 'proto/baseline.json';
/** Where contracts lie, and where their code goes. */
const generated = [
  { folder: '.', input: '.', output: 'packages/contracts/src/gen' },
  { folder: 'packages/platform/src/grpc/testdata', input: '.', output: 'gen' },
];

if (process.argv.includes('--renew')) {
  if (!buf('.', ['build', '--exclude-source-info', '-o', baseline])) process.exit(1);
  console.log(`${baseline} is what proto/ says now. Commit it only with a release.`);
  process.exit(0);
}

const faults = [
  ...(buf('.', ['lint']) ? [] : ['proto/ is against the rules in buf.yaml']),
  ...(buf('.', ['breaking', '--against', baseline])
    ? []
    : [`proto/ breaks programs that speak ${baseline}: give what is new a new name and a new number`]),
  ...generated.flatMap(({ folder, input, output }) => staleFiles(folder, input, output)),
];
for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;

/** Generates into a temporary folder and names what differs from the code in the repository. */
function staleFiles(folder: string, input: string, output: string): string[] {
  const fresh = mkdtempSync(join(tmpdir(), 'eventstream-proto-'));
  try {
    if (!buf(folder, ['generate', input, '-o', fresh])) return [`no code can be generated from ${join(folder, input)}`];
    const before = sourcesIn(join(root, folder, output));
    const after = sourcesIn(join(fresh, output));
    if (after.size === 0) return [`${folder}: nothing was generated into ${output}, so nothing was compared`];
    const names = [...new Set([...before.keys(), ...after.keys()])];
    return names
      .filter((name) => before.get(name) !== after.get(name))
      .map((name) => `${join(folder, output, name)} is not what proto says: npm run proto:generate`);
  } finally {
    rmSync(fresh, { recursive: true });
  }
}

function sourcesIn(folder: string): ReadonlyMap<string, string> {
  return new Map(globSync('**/*.ts', { cwd: folder }).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

function buf(folder: string, args: readonly string[]): boolean {
  const env = { ...process.env, PATH: `${programs}${delimiter}${process.env['PATH']}` };
  return (
    spawnSync(join(programs, 'buf'), args, { cwd: join(root, folder), env, stdio: ['ignore', 'inherit', 'inherit'] })
      .status === 0
  );
}
