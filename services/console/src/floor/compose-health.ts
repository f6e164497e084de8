/** Everything about the processes and servers underneath, from two moments of the system and what each says of itself. Pure. */
import type { BrokerConsumer, BrokerFigures } from '@eventstream/messaging';
import { eventLoopEveryMs } from '@eventstream/platform';
import type { BrokerHealth, ConsumerHealth, DatabaseHealth, Health, ProcessHealth } from '../api/health.ts';
import { type Standing, standingOfProcess, standingOfRelay, standingOfServer } from './box-state.ts';
import { between, type Look, type ProcessLook } from './look.ts';
import type { Check } from './look-at-process.ts';
import { type Numbers, perSecond } from './numbers.ts';

/** What a process says of itself at /about. */
export interface AboutProcess {
  readonly version: string;
  readonly node: string;
  readonly startedAtMs: number;
  readonly settings: readonly {
    readonly name: string;
    readonly value: string | null;
    readonly secret: boolean;
    readonly isDefault: boolean;
    readonly description: string;
  }[];
}

/** What the page is made of. */
export interface HealthEvidence {
  readonly before: Look | undefined;
  readonly now: Look;
  readonly about: ReadonlyMap<string, AboutProcess>;
  readonly databases: readonly DatabaseHealth[];
  /** Undefined: the broker does not answer. */
  readonly broker: BrokerFigures | undefined;
  readonly bounds: readonly string[];
}

/** Composes it. */
export function composeHealth(evidence: HealthEvidence): Health {
  const { now, databases, broker, bounds } = evidence;
  return {
    atMs: now.atMs,
    processes: [...now.processes.values()].map((process) => processAnswer(evidence, process)),
    consumers: consumersOf(now, broker),
    relay: relayAnswer(now),
    databases: [...databases],
    broker: brokerAnswer(now, broker),
    bounds: [...bounds],
  };
}

const bytesPerMb = 1024 ** 2;

function processAnswer(evidence: HealthEvidence, process: ProcessLook): ProcessHealth {
  const { name, supervised, answer, healthUrl } = process;
  const told = evidence.about.get(name);
  return {
    name,
    ...standingOf(evidence.now, name),
    ...loadOf(evidence, process),
    version: told?.version ?? supervised?.version ?? null,
    node: told?.node ?? null,
    startedAtMs: told?.startedAtMs ?? null,
    settings: (told?.settings ?? []).map(({ secret, ...setting }) => ({ ...setting, isSecret: secret })),
    pid: supervised?.pid ?? null,
    restarts: supervised?.restarts ?? null,
    addresses: [...(supervised?.addresses ?? [])],
    healthUrl: healthUrl ?? null,
    checks: (answer?.checks ?? []).map(checkAnswer),
  };
}

function loadOf(
  { before, now }: HealthEvidence,
  { name, answer }: ProcessLook,
): Pick<ProcessHealth, 'memoryMb' | 'cpu' | 'eventLoopP99Ms'> {
  const bytes = answer?.numbers?.sum('process_resident_memory_bytes');
  const lag = answer?.numbers?.sum('nodejs_eventloop_lag_p99_seconds');
  return {
    memoryMb: bytes === undefined ? null : Math.round(bytes / bytesPerMb),
    cpu: answer === undefined ? null : perSecond(between(before, now, name), 'process_cpu_seconds_total'),
    // How late the loop was: the interval of the looks at it counts with each of them.
    eventLoopP99Ms: lag === undefined ? null : Math.max(0, Math.round((lag * 1000 - eventLoopEveryMs) * 100) / 100),
  };
}

function standingOf(now: Look, name: string): Standing {
  if (name === 'postgres') return standingOfServer(now, { name, answer: now.postgres });
  if (name === 'nats-server') return standingOfServer(now, { name, answer: now.nats });
  return standingOfProcess(now, name);
}

function checkAnswer({ name, ok, optional, reason, nextStep }: Check): ProcessHealth['checks'][number] {
  return { name, ok, isOptional: optional, trouble: ok ? null : { says: reason ?? 'not ready', nextStep } };
}

function consumersOf(now: Look, broker: BrokerFigures | undefined): ConsumerHealth[] {
  return [...now.processes.values()].flatMap(({ name, answer }) => {
    const numbers = answer?.numbers;
    if (numbers === undefined) return [];
    const workers = [...numbers.by('consumer', 'worker_mark_position').keys()];
    const followers = [...numbers.by('follower', 'follower_position').keys()];
    return [
      ...workers.map((consumer) => workerAnswer({ consumer, process: name, numbers }, broker)),
      ...followers.map((follower) => followerAnswer({ follower, process: name, numbers }, broker)),
    ];
  });
}

const rounded = (value: number | undefined): number | null =>
  value === undefined ? null : Math.max(0, Math.round(value));

function workerAnswer(
  { consumer, process, numbers }: { readonly consumer: string; readonly process: string; readonly numbers: Numbers },
  broker: BrokerFigures | undefined,
): ConsumerHealth {
  const of = (metric: string): number | null => rounded(numbers.sum(metric, { consumer }));
  return {
    name: consumer,
    kind: 'worker',
    process,
    position: of('worker_mark_position'),
    lagEvents: of('worker_lag_events'),
    inFlight: of('worker_in_flight'),
    retrying: of('worker_waiting'),
    openDeadLetters: of('worker_dead_letters_open'),
    isPaused: (of('worker_paused') ?? 0) > 0,
    isHalted: (of('worker_halted') ?? 0) > 0,
    broker: brokerConsumer(broker?.consumers.find(({ name }) => name === consumer)),
  };
}

function followerAnswer(
  { follower, process, numbers }: { readonly follower: string; readonly process: string; readonly numbers: Numbers },
  broker: BrokerFigures | undefined,
): ConsumerHealth {
  const of = (metric: string): number | null => rounded(numbers.sum(metric, { follower }));
  return {
    name: follower,
    kind: 'follower',
    process,
    position: of('follower_position'),
    lagEvents: of('follower_lag_events'),
    inFlight: null,
    retrying: null,
    openDeadLetters: rounded(numbers.sum('read_model_dead_letters_open')),
    isPaused: (of('follower_paused') ?? 0) > 0,
    isHalted: (of('follower_halted') ?? 0) > 0,
    broker: brokerConsumer(broker?.consumers.find(({ name }) => name === follower)),
  };
}

function brokerConsumer(consumer: BrokerConsumer | undefined): ConsumerHealth['broker'] {
  if (consumer === undefined) return null;
  const { pending, unsettled, redelivered, deliveredTo, settledTo } = consumer;
  return { pending, ackPending: unsettled, redelivered, deliveredTo, ackedTo: settledTo };
}

function relayAnswer(now: Look): Health['relay'] {
  const numbers = now.processes.get('eventstoresvc')?.answer?.numbers;
  const lag = rounded(numbers?.sum('relay_lag_events'));
  return {
    head: now.head,
    published: now.head === null || lag === null ? null : Math.max(0, now.head - lag),
    lagEvents: lag,
    isLeading: (numbers?.sum('relay_leading') ?? 0) > 0,
    isHalted: (numbers?.sum('relay_halted') ?? 0) > 0,
    trouble: standingOfRelay(now).trouble,
  };
}

function brokerAnswer(now: Look, figures: BrokerFigures | undefined): BrokerHealth {
  const { trouble } = standingOfServer(now, { name: 'nats-server', answer: now.nats });
  const copy = figures?.copy;
  return {
    version: figures?.version ?? null,
    messages: copy?.messages ?? null,
    bytes: copy?.bytes ?? null,
    firstSequence: copy?.first ?? null,
    lastSequence: copy?.last ?? null,
    maxBytes: copy === undefined || copy.bytesMax < 0 ? null : copy.bytesMax,
    maxAgeMs: copy === undefined || copy.ageMaxMs === 0 ? null : copy.ageMaxMs,
    trouble:
      trouble ??
      (figures !== undefined && copy === undefined
        ? {
            says: 'The broker has no copy of the log.',
            nextStep: 'The relay makes one by itself; if it does not, look at its state.',
          }
        : null),
  };
}
