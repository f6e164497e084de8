/** What the running system says about itself: each process's readiness, and every number that says something lags or is stuck. */
import { readSamples, type Sample } from '@eventstream/platform';
import { askOwnServers, type OwnServer } from './own-servers.ts';
import type { RunningPart, RunningSystem } from './running-system.ts';
import { askHealth, type FailingCheck, type Health } from './service-process.ts';

const metricsMs = 2_500;
const bytesPerMb = 1024 ** 2;

/** Gauges that are above 0 while work waits. */
const behind = /(_lag_events|_waiting)$/;
/** Gauges that are above 0 while something needs a person, or can't go on by itself. */
const stuck = /(_halted|_paused|_dead_letters_open|^circuit_open)$/;
const memory = 'process_resident_memory_bytes';

/** One process. */
interface ProcessStatus {
  readonly name: string;
  /** Of a server. */
  readonly version?: string;
  /** `degraded`: it does its work, and something needs a look. */
  readonly state: string;
  /** What its supervisor says of one that says nothing itself. */
  readonly reason?: string;
  readonly pid?: number;
  readonly restarts: number;
  readonly memoryMb?: number;
  readonly addresses: readonly string[];
  /** What it says is wrong, with what helps; of one that is ready all the same: warnings. */
  readonly troubles: readonly FailingCheck[];
}

/** A number above 0 that says something waits or is stuck. */
interface StatusNumber extends Sample {
  readonly process: string;
  readonly stuck: boolean;
}

/** The whole answer. */
export interface SystemStatus {
  /** Everything is ready and nothing is stuck; lagging for a while is healthy. */
  readonly healthy: boolean;
  readonly processes: readonly ProcessStatus[];
  readonly numbers: readonly StatusNumber[];
}

/** Asks every process, and the servers of the user's own. */
export async function readStatus(
  system: Pick<RunningSystem, 'parts' | 'databases' | 'natsUrl'>,
): Promise<SystemStatus> {
  const [servers, asked] = await Promise.all([askOwnServers(system), askProcesses(system.parts)]);
  const processes = [...servers.map(statusOfServer), ...asked.processes];
  const healthy = processes.every(({ state }) => state === 'ready') && !asked.numbers.some((number) => number.stuck);
  return { healthy, processes, numbers: asked.numbers };
}

/** Asks these processes. */
export async function askProcesses(
  parts: readonly RunningPart[],
): Promise<Pick<SystemStatus, 'processes' | 'numbers'>> {
  const answers = await Promise.all(parts.map(ask));
  return {
    processes: answers.map(({ status }) => status),
    numbers: answers.flatMap(({ numbers }) => numbers),
  };
}

function statusOfServer(server: OwnServer): ProcessStatus {
  return { ...server, state: server.troubles.length === 0 ? 'ready' : 'notReady', restarts: 0 };
}

async function ask(part: RunningPart): Promise<{ status: ProcessStatus; numbers: StatusNumber[] }> {
  const { name, version, state, pid, restarts, reason, addresses, healthUrl } = part;
  const known = {
    name,
    ...(version === undefined ? {} : { version }),
    restarts,
    addresses,
    troubles: [],
    ...(pid === undefined ? {} : { pid }),
  };
  if (healthUrl === undefined) {
    return { status: { ...known, state, ...(reason === undefined ? {} : { reason }) }, numbers: [] };
  }
  const [health, samples] = await Promise.all([askHealth(healthUrl), readMetrics(healthUrl)]);
  const bytes = samples.find((sample) => sample.name === memory)?.value;
  return {
    status: {
      ...known,
      state: stateOf(health.ready, health.failing, state),
      ...wrongWith(health, reason),
      ...(bytes === undefined ? {} : { memoryMb: Math.round(bytes / bytesPerMb) }),
    },
    numbers: samples
      .filter((sample) => sample.name !== memory && sample.value > 0)
      .map((sample) => ({ ...sample, process: name, stuck: stuck.test(sample.name) })),
  };
}

/** Said once: what the supervisor knows of one that answers is made of its own words; of one that does not, it knows more. */
function wrongWith(
  { ready, failing }: Health,
  supervised: string | undefined,
): Pick<ProcessStatus, 'reason' | 'troubles'> {
  const hasSpoken = ready || failing.some(({ name }) => name !== '');
  return hasSpoken || supervised === undefined ? { troubles: failing } : { reason: supervised, troubles: [] };
}

function stateOf(ready: boolean, failing: readonly FailingCheck[], supervised: string): string {
  if (ready) return failing.length === 0 ? 'ready' : 'degraded';
  return supervised === 'ready' ? 'notReady' : supervised;
}

async function readMetrics(healthUrl: string): Promise<Sample[]> {
  try {
    const response = await fetch(`${healthUrl}/metrics`, { signal: AbortSignal.timeout(metricsMs) });
    return readSamples(await response.text(), (name) => name === memory || behind.test(name) || stuck.test(name));
  } catch {
    return []; // its readiness already says that it doesn't answer
  }
}
