/** Resident memory of the product's own services, from Linux's /proc, sampled while something goes on. */
import { readFileSync } from 'node:fs';
import type { RunningSystem } from '../../cli/src/up/running-system.ts';

/** Megabytes by service, one number a sample. */
export type MemorySamples = ReadonlyMap<string, readonly number[]>;

const sampleEveryMs = 1_000;
const kbPerMb = 1_024;

/** Begins to sample every process with a health address: our services, not the two servers. `stop` answers the samples. */
export function sampleMemory({ parts }: RunningSystem): { stop(): MemorySamples } {
  const services = parts.filter(({ healthUrl, pid }) => healthUrl !== undefined && pid !== undefined);
  const samples = new Map<string, number[]>(services.map(({ name }) => [name, []]));
  const sample = (): void => {
    for (const { name, pid } of services) samples.get(name)?.push(residentMb(pid ?? 0));
  };
  sample();
  const timer = setInterval(sample, sampleEveryMs);
  return {
    stop() {
      clearInterval(timer);
      return samples;
    },
  };
}

/** `VmRSS` of proc(5). Throws when the process is gone: a service that was started again has no memory to speak of. */
function residentMb(pid: number): number {
  const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kb === undefined) throw new Error(`process ${pid} has ended`);
  return Number(kb) / kbPerMb;
}

/** The largest of any service among its last samples. */
export function largestMb(samples: MemorySamples, lastSamples = Number.POSITIVE_INFINITY): number {
  return Math.max(...[...samples.values()].flatMap((one) => one.slice(-Math.min(lastSamples, one.length))));
}

/** Each service from the middle of its samples to the end: what grows without end shows here. */
export function showGrowth(samples: MemorySamples): string {
  return [...samples]
    .map(([name, all]) => {
      const [middle = 0, end = 0] = [all[Math.floor(all.length / 2)], all.at(-1)];
      return `${name} ${middle.toFixed(0)} → ${end.toFixed(0)} MB (at most ${Math.max(...all).toFixed(0)})`;
    })
    .join(', ');
}
