/** One service as a supervised process, with its /readyz as the probe. */
import { join } from 'node:path';
import {
  type ProbeAnswer,
  type ProcessState,
  type SupervisedProcess,
  superviseProcess,
} from '@eventstream/local-servers';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { type DataFolder, logFileOf, repositoryRoot } from './data-folder.ts';
import { heapFlags } from './heap-flags.ts';
import type { ServicePlan } from './services.ts';

/** runProcess's code for wrong settings and taken ports. */
const misconfigured = 2;
const probeMs = 2_500;
/** Two waves of services and then the servers must be gone within 25 s. */
const stopWaitMs = 7_000;

const readyz = Type.Object({
  checks: Type.Array(
    Type.Object({
      name: Type.String(),
      ok: Type.Boolean(),
      reason: Type.Optional(Type.String()),
      nextStep: Type.Optional(Type.String()),
    }),
  ),
});

/** A check that says no. Of a process that is ready all the same, it is a warning. */
export interface FailingCheck {
  readonly name: string;
  readonly reason: string;
  readonly nextStep?: string;
}

/** What a process says of itself. */
export interface Health {
  /** It can do its work. */
  readonly ready: boolean;
  readonly failing: readonly FailingCheck[];
}

/** What starting a service needs to know. */
export interface ServiceStart {
  readonly folder: DataFolder;
  readonly env: NodeJS.ProcessEnv;
  readonly healthPort: number;
  readonly onState: (state: ProcessState) => void;
}

/**
 * The C library may give each thread its own memory, and V8's threads leave theirs half empty: 10 MB a service. Code without
 * types is kept from start to start, so that a service starts sooner and need not load what strips them, 16 MB.
 */
const memorySettings = {
  MALLOC_ARENA_MAX: '2',
  NODE_COMPILE_CACHE: join(repositoryRoot, 'node_modules', '.cache', 'eventstream'),
};

/**
 * For services behind the 201 (docs/decisions/0014): half the weight of those before it. At a tenth, 64 callers were
 * given 2,900 answers a second while 800 orders ended.
 */
const behind = 3;

/** Starts the service; it comes back with backoff when it crashes. */
export function startService(plan: ServicePlan, start: ServiceStart): SupervisedProcess {
  return superviseProcess({
    name: plan.name,
    command: process.execPath,
    args: [
      '--disable-warning=ExperimentalWarning',
      ...heapFlags(plan.heap ?? 'usual'),
      join(repositoryRoot, plan.entry),
    ],
    env: { ...memorySettings, ...start.env },
    cwd: repositoryRoot,
    channel: true,
    ...(plan.isBehind === true ? { niceness: behind } : {}),
    logFile: logFileOf(start.folder, plan.name),
    pidFile: join(start.folder.pids, `${plan.name}.pid`),
    probe: () => askReadyz(`http://127.0.0.1:${start.healthPort}`),
    onState: start.onState,
    stopSteps: [{ signal: 'SIGTERM', waitMs: stopWaitMs }],
    hopelessExitCodes: [misconfigured],
  });
}

/** Asks a service whether it can do its work; the reason names the checks that say no. */
async function askReadyz(healthUrl: string): Promise<ProbeAnswer> {
  const { ready, failing } = await askHealth(healthUrl);
  if (ready) return { ready: true };
  const reasons = failing.map(({ name, reason }) => (name === '' ? reason : `${name}: ${reason}`));
  return { ready: false, reason: reasons.length === 0 ? 'is starting' : reasons.join('; ') };
}

/** Asks a service for everything that it says of itself. */
export async function askHealth(healthUrl: string): Promise<Health> {
  let response: Response;
  try {
    response = await fetch(`${healthUrl}/readyz`, { signal: AbortSignal.timeout(probeMs) });
  } catch {
    return { ready: false, failing: [{ name: '', reason: 'does not answer' }] };
  }
  const body: unknown = await response.json().catch(() => undefined);
  const checks = Value.Check(readyz, body) ? body.checks.filter(({ ok }) => !ok) : [];
  const failing = checks.map(({ name, reason = 'not ready', nextStep }) => ({
    name,
    reason,
    ...(nextStep === undefined ? {} : { nextStep }),
  }));
  return { ready: response.ok, failing };
}
