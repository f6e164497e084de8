/** Children that end with their parent, even when the parent is killed with SIGKILL and can't tell them. */
import { spawnSync } from 'node:child_process';

let supported: boolean | undefined;

/**
 * The command that runs `command` such that the kernel sends it `signal` when this process dies: `setpriv` of util-linux.
 * Elsewhere the command itself; there the next start ends what was left over, by its pid file.
 */
export function endWithParent(signal: 'TERM' | 'INT', command: string, args: readonly string[]): [string, string[]] {
  supported ??= process.platform === 'linux' && spawnSync('setpriv', ['--pdeathsig', 'TERM', 'true']).status === 0;
  return supported ? ['setpriv', ['--pdeathsig', signal, command, ...args]] : [command, [...args]];
}
