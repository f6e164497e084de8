/**
 * A worker: handlers by event type, each with a durable consumer of its own named `<worker>-<token>`, so that a type
 * that is stuck never holds up another. One process per worker: a second one is harmless but does much work twice.
 */
import type { EventType, LogName } from '@eventstream/contracts';
import type { EventReader, PositionReader } from '@eventstream/event-store';
import type { ConsumerSource } from '@eventstream/messaging';
import type { Logger, Part, Readiness } from '@eventstream/platform';
import { type Scheduler, systemScheduler } from '@eventstream/platform/scheduler';
import { TypeConsumer } from './consumer/type-consumer.ts';
import type { NoteEffect } from './dead-letters/dry-run.ts';
import type { Handler } from './handler.ts';
import type { WorkerLedger } from './ledger.ts';
import { workerWarnings } from './reader/warnings.ts';
import { defaultWorkerLimits, type WorkerLimits } from './worker-limits.ts';

/** What a worker is made of. */
export interface WorkerOptions {
  /** Such as `paymentworker`; part of its durable consumers' names, so it must not change. */
  readonly name: string;
  readonly log: LogName;
  readonly handlers: ReadonlyMap<EventType, Handler>;
  readonly consumers: ConsumerSource;
  readonly store: EventReader & PositionReader;
  readonly ledger: WorkerLedger;
  readonly logger: Logger;
  /**
   * The same handlers with ports that call `note` instead of having an effect, for dry runs of dead letters. They may
   * still read and look up; what would change something they note, and go on as if it had succeeded.
   */
  readonly rehearse?: (note: NoteEffect) => ReadonlyMap<EventType, Handler>;
  readonly limits?: Partial<WorkerLimits>;
  /** Default: the machine's time. */
  readonly scheduler?: Scheduler;
  /** Jitter: a number from 0 to 1 each time it is asked. Default: Math.random. */
  readonly random?: () => number;
}

/** A worker as a part of a process. */
export interface Worker extends Part {
  /** Whether it works; then what its operators should know though it does: dead letters, deliveries that never came, a backlog. */
  readonly checks: readonly [Readiness, ...Readiness[]];
}

/** Makes a worker. `start` resolves at once: what is missing is waited for, and shows in `checks`. */
export function createWorker(options: WorkerOptions): Worker {
  const { name, log, store, ledger, logger, random = Math.random } = options;
  const limits = { ...defaultWorkerLimits, ...options.limits };
  const consumers = [...options.handlers].map(
    ([type, handler]) =>
      new TypeConsumer({
        consumer: consumerName(name, type),
        log,
        type,
        handler,
        rehearse: rehearsalOf(options, type),
        source: options.consumers,
        store,
        ledger,
        scheduler: options.scheduler ?? systemScheduler,
        logger,
        limits,
        random,
      }),
  );
  return {
    name,
    async start() {
      for (const consumer of consumers) consumer.start();
    },
    async stop() {
      await Promise.all(consumers.map((consumer) => consumer.stop()));
    },
    checks: [
      {
        name,
        async check() {
          const states = consumers.map((consumer) => consumer.ready());
          return states.find((state) => !state.ok) ?? { ok: true };
        },
      },
      ...workerWarnings(name, () => consumers.map((consumer) => consumer.troubles())),
    ],
  };
}

/** Never the real handler: a dry run that has an effect is worse than none. */
function rehearsalOf({ rehearse }: WorkerOptions, type: EventType): ((note: NoteEffect) => Handler) | undefined {
  if (rehearse?.(() => {}).has(type) !== true) return undefined;
  return (note) => {
    const handler = rehearse(note).get(type);
    if (handler === undefined) throw new Error(`the rehearsal of ${type} is there at one time and not at another`);
    return handler;
  };
}

/** The durable consumer of a worker for a type: `paymentworker` and `ORDERS.created` → `paymentworker-created`. */
export function consumerName(worker: string, type: EventType): string {
  return `${worker}-${type.slice(type.indexOf('.') + 1)}`;
}
