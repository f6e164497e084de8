/**
 * Small disks of our own, so that they can be full without anybody else noticing: memory file systems in a mount
 * namespace that only this run is in. Linux, as root; elsewhere it says why not.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runToEnd } from '@eventstream/local-servers';

const marker = 'CHAOS_HAS_OWN_MOUNTS';

/** Why there can be no small disks; undefined when there can. */
export function whyNoSmallDisks(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux';
  if (process.getuid?.() !== 0) return 'needs root';
  const tried = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', '/mnt']);
  return tried.status === 0 ? undefined : 'this machine allows no mounts of our own (unshare --mount)';
}

/** Whether this process is in a mount namespace of its own. */
export function hasOwnMounts(): boolean {
  return process.env[marker] === '1';
}

/** Runs this same program again in a mount namespace of its own; resolves with its exit code. */
export function runAgainWithOwnMounts(): Promise<number> {
  return new Promise((resolve, reject) => {
    const own = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
    const child = spawn('unshare', ['--mount', ...own], { stdio: 'inherit', env: { ...process.env, [marker]: '1' } });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** Puts a small disk at a folder; the answer takes it away, with all that is on it. */
export function mountSmallDisk(folder: string, megabytes: number): () => void {
  mkdirSync(folder, { recursive: true });
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', folder]);
  if (mounted.status !== 0) throw new Error(`no small disk at ${folder}: ${mounted.stderr.toString()}`);
  return () => spawnSync('umount', ['--lazy', folder]);
}

/** Writes until nothing more goes in, in a process of its own: our proxies must not stand still. The answer makes room again. */
export async function fill(folder: string): Promise<() => void> {
  const file = join(folder, 'filler');
  const args = ['if=/dev/zero', `of=${file}`, 'bs=1M'];
  const { lastOutput } = await runToEnd({ command: 'dd', args, env: { PATH: process.env['PATH'], LC_ALL: 'C' } });
  if (!lastOutput.includes('No space left')) throw new Error(`${folder} was not filled: ${lastOutput}`);
  return () => rmSync(file, { force: true });
}
