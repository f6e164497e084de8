/**
 * CPU profiles of everything that is measured: V8 writes one of each Node process at its end. Chrome's DevTools and speedscope
 * show them as flame graphs; here they are added up by whose code it is. What is profiled is slower than what is not.
 */
import { readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

/** Whose code ran in one program, over all of its processes. */
export interface ProgramProfile {
  readonly program: string;
  /** Time in which it did anything, or waited for a processor that others had: V8 looks at the clock. */
  readonly busyMs: number;
  /** Whose code it was, and which part of that time it took, the largest first. They add up to 1. */
  readonly shares: readonly (readonly [owner: string, share: number])[];
}

/** V8's format (Chrome DevTools Protocol, Profiler.Profile), as far as it is read. Times are in microseconds. */
const profileShape = Compile(
  Type.Object({
    nodes: Type.Array(
      Type.Object({
        id: Type.Integer(),
        callFrame: Type.Object({ functionName: Type.String(), url: Type.String() }),
      }),
    ),
    samples: Type.Array(Type.Integer()),
    timeDeltas: Type.Array(Type.Integer()),
  }),
);
type Profile = ReturnType<typeof profileShape.Parse>;
type CallFrame = Profile['nodes'][number]['callFrame'];

const ending = '.cpuprofile';
/** What shorter-lived programs did is mostly their start. */
const busyMsMin = 500;

/** NODE_OPTIONS for programs that are to leave a profile in this folder; their own children inherit it. */
export function profilingOptions(folder: string, usual = ''): string {
  return `${usual} --cpu-prof --cpu-prof-dir="${folder.replaceAll(/["\\]/g, '\\$&')}"`.trim();
}

/** Reads the profiles in this folder, names each file after its program, and adds up; the busiest program first. */
export async function readProfiles(folder: string): Promise<ProgramProfile[]> {
  const byProgram = new Map<string, { busyMs: number; owners: Map<string, number> }>();
  const counts = new Map<string, number>();
  for (const file of (await readdir(folder)).filter((name) => name.endsWith(ending)).toSorted()) {
    const profile = profileShape.Parse(JSON.parse(await readFile(join(folder, file), 'utf8')));
    const program = programOf(profile);
    const count = (counts.get(program) ?? 0) + 1;
    counts.set(program, count);
    await rename(join(folder, file), join(folder, `${program}.${count}${ending}`));
    const sum = byProgram.get(program) ?? { busyMs: 0, owners: new Map() };
    byProgram.set(program, sum);
    for (const [owner, ms] of timesByOwner(profile)) {
      sum.busyMs += ms;
      sum.owners.set(owner, (sum.owners.get(owner) ?? 0) + ms);
    }
  }
  return [...byProgram]
    .filter(([, { busyMs }]) => busyMs >= busyMsMin)
    .map(([program, { busyMs, owners }]) => ({
      program,
      busyMs,
      shares: [...owners].map(([owner, ms]) => [owner, ms / busyMs] as const).toSorted((a, b) => b[1] - a[1]),
    }))
    .toSorted((a, b) => b.busyMs - a.busyMs);
}

const sharesShown = 9;

/** One line a program. */
export function showProfiles(profiles: readonly ProgramProfile[]): string[] {
  return profiles.map(({ program, busyMs, shares }) => {
    const owners = shares.slice(0, sharesShown).map(([owner, share]) => `${owner} ${(share * 100).toFixed(0)} %`);
    return `${program} ${(busyMs / 1000).toFixed(1)} s: ${owners.join(', ')}`;
  });
}

/** Milliseconds by whose code was running; idle time is nobody's. */
export function timesByOwner({ nodes, samples, timeDeltas }: Profile): Map<string, number> {
  const owners = new Map(nodes.map(({ id, callFrame }) => [id, ownerOf(callFrame)]));
  const times = new Map<string, number>();
  for (const [at, id] of samples.entries()) {
    const owner = owners.get(id);
    if (owner !== undefined) times.set(owner, (times.get(owner) ?? 0) + (timeDeltas[at] ?? 0) / 1000);
  }
  return times;
}

/** Functions of Node without a source, by which it gives bytes to the system. */
const socketWrite = /^write(v|Buffer|Utf8String|Latin1String|AsciiString)$/;
const library = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//;
const ownPart = /\/((?:packages|services)\/[^/]+|bench|cli)\//;

/** Whose code a function is; undefined for idle time. */
function ownerOf({ functionName, url }: CallFrame): string | undefined {
  if (functionName === '(idle)') return undefined;
  if (functionName === '(garbage collector)') return 'garbage';
  if (functionName === '(program)') return 'the engine and the system';
  if (url.startsWith('node:')) return 'Node';
  if (url.startsWith('wasm:')) return 'stripping types'; // while a program starts
  if (url === '') return socketWrite.test(functionName) ? 'socket writes' : 'built-in functions';
  return library.exec(url)?.[1] ?? ownPart.exec(url)?.[1] ?? 'other';
}

const service = /\/services\/([^/]+)\/src\/main\.ts$/;
const contender = /\/bench\/contenders\/([^/]+)\.\w+$/;
/** Modules that are a contender's part, not a program. */
const partsOfContenders = new Set(['append-load', 'order-payload', 'place-and-await']);

/** Its main module has been running, if only while it started. */
function programOf({ nodes }: Profile): string {
  const urls = nodes.map(({ callFrame }) => callFrame.url);
  const found = (pattern: RegExp) => urls.flatMap((url) => pattern.exec(url)?.[1] ?? []);
  const [name] = [...found(service), ...found(contender).filter((one) => !partsOfContenders.has(one))];
  return name ?? (urls.some((url) => url.endsWith('/cli/src/main.ts')) ? 'eventstream' : 'other');
}
