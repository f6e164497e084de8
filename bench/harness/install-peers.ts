/** Installs what `bench/` measures against, from its own lockfile, without running anybody's install scripts. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..');
const stamp = join(folder, 'node_modules', '.installed-lockfile');

/** Does nothing when they are there. A sentence when they cannot be had: their rows are void then. */
export function installPeers(onProgress: (line: string) => void): string | undefined {
  const wanted = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return undefined;
  onProgress('Installing what bench/ compares with, in bench/ only: some of it states no licence ...');
  const npm = process.env['npm_execpath'];
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'];
  const [program, first]: [string, string[]] = npm?.endsWith('.js') === true ? [process.execPath, [npm]] : ['npm', []];
  const { status, stderr } = spawnSync(program, [...first, ...args], { cwd: folder, encoding: 'utf8' });
  if (status !== 0) return `the peers could not be installed: ${(stderr ?? '').trim().split('\n')[0]}`;
  writeFileSync(stamp, wanted);
  return undefined;
}
