/**
 * Builds the console's page when its sources have changed. It is the one thing that is built; it is built beside the
 * start of everything else, and its failure stops nothing: the console then says that its page is missing.
 */
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runToEnd } from '@eventstream/local-servers';
import { type DataFolder, logFileOf, repositoryRoot } from './data-folder.ts';

/** The console's folder, and what its page is made of. */
const consoleFolder = join('services', 'console');
const sources = ['web/**/*', 'src/api/*.ts', 'package.json'];
/** What was built, also under the name it has until it is whole. */
const built = /^web\/dist/;
const hashFile = '.sources-hash';
const buildMsMax = 180_000;

/** Where the page is built; for tests elsewhere than in the repository. */
export interface PageBuild {
  readonly folder: DataFolder;
  readonly tell: (line: string) => void;
  readonly root?: string;
}

/** Resolves when the page is as its sources are, or when that failed and was told. Never rejects. */
export async function buildConsolePage({ folder, tell, root = repositoryRoot }: PageBuild): Promise<void> {
  const home = join(root, consoleFolder);
  const program = join(home, 'web', 'build.ts');
  if (!existsSync(program)) return tell(`The console has no page: ${program} is missing.`);
  const target = join(home, 'web', 'dist');
  const hash = hashOfSources(home);
  if (existsSync(join(target, hashFile)) && readFileSync(join(target, hashFile), 'utf8') === hash) return;
  tell('Building the page of the console …');
  // Two systems may start at once: each builds for itself, and the last one's folder stays.
  const beside = `${target}.${process.pid}`;
  const logFile = logFileOf(folder, 'console-page');
  const end = await runToEnd({
    command: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', program, '--out', beside],
    env: process.env,
    cwd: home,
    logFile,
    signal: AbortSignal.timeout(buildMsMax),
  });
  if (end.code === 0 && existsSync(join(beside, 'index.html'))) {
    writeFileSync(join(beside, hashFile), hash);
    putInPlace(beside, target);
    return tell('The page of the console is built.');
  }
  rmSync(beside, { recursive: true, force: true });
  return tell(`The page of the console could not be built; everything else runs. Why is in ${logFile}.`);
}

/** What the page is made of, as one text: any change to it is a reason to build. */
function hashOfSources(home: string): string {
  const hash = createHash('sha256');
  const files = sources
    .flatMap((pattern) => globSync(pattern, { cwd: home, withFileTypes: false }))
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => !built.test(name) && !name.includes('node_modules'))
    .toSorted();
  for (const name of files) {
    const content = readIfFile(join(home, name));
    if (content !== undefined) hash.update(name).update('\0').update(content).update('\0');
  }
  return hash.digest('hex');
}

function readIfFile(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined; // a folder
  }
}

function putInPlace(beside: string, target: string): void {
  const old = `${beside}.old`;
  if (existsSync(target)) renameSync(target, old);
  renameSync(beside, target);
  rmSync(old, { recursive: true, force: true });
}
