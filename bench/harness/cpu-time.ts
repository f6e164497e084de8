/** CPU time of the product's processes, from Linux's /proc: where the microseconds of one order go. Empty elsewhere. */
import { readdirSync, readFileSync } from 'node:fs';
import type { RunningSystem } from '../../cli/src/up/running-system.ts';

/** Process → milliseconds used so far; `load driver` is this process. */
export type CpuTimes = ReadonlyMap<string, number>;

/** Linux counts in hundredths of a second, whatever the kernel is built with (USER_HZ). */
const msPerTick = 10;

/** Everything the system has used. A server's own children (PostgreSQL's backends) count with it, ended ones too. */
export function cpuByProcess({ parts }: RunningSystem): CpuTimes {
  const own = process.cpuUsage();
  const times = new Map([['load driver', (own.user + own.system) / 1000]]);
  const all = processes();
  for (const { name, pid } of parts) {
    if (pid === undefined) continue;
    const family = all.filter((one) => one.pid === pid || one.parent === pid);
    const ticks = family.reduce((sum, one) => sum + one.ticks + (one.pid === pid ? one.endedChildrenTicks : 0), 0);
    times.set(name, ticks * msPerTick);
  }
  return times;
}

/** Microseconds of one order, process by process, the dearest first. */
export function showCpu(before: CpuTimes, after: CpuTimes, orders: number): string {
  const spent = [...after].map(([name, ms]) => [name, ((ms - (before.get(name) ?? 0)) * 1000) / orders] as const);
  const total = spent.reduce((sum, [, micros]) => sum + micros, 0);
  const parts = spent.toSorted((a, b) => b[1] - a[1]).map(([name, micros]) => `${name} ${micros.toFixed(0)}`);
  return `CPU of one order: ${total.toFixed(0)} µs: ${parts.join(', ')}`;
}

interface ProcessTimes {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
  readonly endedChildrenTicks: number;
}

function processes(): ProcessTimes[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return [readTimes(Number(name))];
    } catch {
      return []; // ended meanwhile
    }
  });
}

/** /proc/PID/stat, proc(5): after the name in parentheses, field 4 is the parent, 14 to 17 are the times. */
function readTimes(pid: number): ProcessTimes {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  return { pid, parent: field(4), ticks: field(14) + field(15), endedChildrenTicks: field(16) + field(17) };
}
