/** What the worker's tests work with: a store, a broker, a ledger and time, all in memory and all of them breakable. */
import { randomUUID } from 'node:crypto';
import {
  eventId,
  eventType,
  incarnation,
  logName,
  nowhere,
  type Position,
  type RecordedEvent,
  type StreamName,
  streamName,
} from '@eventstream/contracts';
import { type EventReader, type LogRange, type PositionReader, StoreUnavailable } from '@eventstream/event-store';
import { memoryEventStore } from '@eventstream/event-store/memory';
import type { Consumer, ConsumerSource, Delivery } from '@eventstream/messaging';
import { MemoryBroker } from '@eventstream/messaging/memory';
import { createLogger } from '@eventstream/platform';
import type { Scheduler } from '@eventstream/platform/scheduler';
import { VirtualTime } from '@eventstream/testing/virtual-time';
import type { DeadLetterDesk } from './dead-letters/dead-letters.ts';
import type { NoteEffect } from './dead-letters/dry-run.ts';
import { done, type Handler, InfrastructureFault } from './handler.ts';
import type { WorkerLedger } from './ledger.ts';
import { memoryWorkerLedger } from './memory/index.ts';
import { createWorker, type Worker } from './worker.ts';
import type { WorkerLimits } from './worker-limits.ts';

/** The log of every world. */
export const testLog = logName('TEST');
export const happened = eventType('TEST.happened');
/** The consumer of `happened`. */
export const testConsumer = 'testworker-happened';
const silent = createLogger({ service: 'test', level: 'silent' });

/** A world of one log. */
export class WorkerWorld {
  readonly time = new VirtualTime();
  readonly broker = new MemoryBroker({ scheduler: this.time });
  #ledger = memoryWorkerLedger(this.time);
  /** While it is away, every call fails as it does with a lost database. */
  ledgerAvailable = true;
  /** Calls of the ledger that fail the next time, by name. */
  readonly failsOnce = new Set<string | symbol>();
  readonly ledger = breakable(
    () => ({ ...this.#ledger.ledger, wait: (...work) => this.#wait(...work) }),
    (call) => this.ledgerAvailable && !this.failsOnce.delete(call),
  );
  readonly store = memoryEventStore({
    registry: { types: new Map([[testLog, new Set<string>([happened])]]) },
    clock: this.time,
    newIncarnation: () => incarnation(randomUUID()),
  });
  storeAvailable = true;
  /** Positions that the broker passes by: neither delivered nor kept for later. */
  readonly holes = new Set<number>();
  /** What new waiting work waits for before it is recorded. */
  recordGate: Promise<void> = Promise.resolve();
  /** What the answer waits for that new waiting work is recorded. */
  waitGate: Promise<void> = Promise.resolve();
  /** What an answer about the head waits for. */
  headGate: Promise<void> = Promise.resolve();
  /** Cuts the log as a restored backup would: the reader sees nothing beyond. */
  visibleTo = Number.POSITIVE_INFINITY;

  /** The store as a worker sees it. */
  readonly reader: EventReader & PositionReader = {
    readStream: (log, stream, range) => this.#answer(() => this.store.readStream(log, stream, range)),
    readLog: (log, after, options: LogRange) =>
      this.#answer(async () => {
        const page = await this.store.readLog(log, after, options);
        return page.head > this.visibleTo ? { ...page, events: [], scannedTo: after, head: nowhere } : page;
      }),
    readPositions: (log, after, filter) =>
      this.#answer(async () => {
        const page = await this.store.readPositions(log, after, filter);
        return page.head > this.visibleTo ? { ...page, positions: [], scannedTo: after, head: nowhere } : page;
      }),
    head: (log) =>
      this.#answer(async () => {
        await this.headGate;
        const head = await this.store.head(log);
        return head.position > this.visibleTo ? { ...head, position: nowhere } : head;
      }),
  };

  /** The broker as a worker or a follower sees it. */
  readonly consumers: ConsumerSource = {
    consume: (spec, startAfter, onDelivery, onLeft) => {
      const deliver = (delivery: Delivery): void => {
        if (this.holes.has(delivery.event.position)) delivery.ack();
        else onDelivery(delivery);
      };
      return this.broker.source().consume(spec, startAfter, deliver, onLeft);
    },
  };

  get desk(): DeadLetterDesk {
    return this.#ledger.desk;
  }

  /** Its database is lost with everything in it, and made anew. */
  resetLedger(): void {
    this.#ledger = memoryWorkerLedger(this.time);
  }

  /** Appends one event, and answers it. */
  async append(stream: StreamName = newStream()): Promise<RecordedEvent> {
    const event = { id: eventId(randomUUID()), type: happened, data: Buffer.from('{}'), metadata: {} };
    const outcome = await this.atOnce(
      this.store.append({ log: testLog, streams: [{ stream, expected: 'any', events: [event] }] }),
    );
    if (outcome.kind !== 'appended') throw new Error(`the event was not appended: ${outcome.kind}`);
    const found = await this.store.findEvent(testLog, event.id);
    if (found === undefined) throw new Error('the event was appended and is not there');
    return found;
  }

  /** Brings the broker's copy up to the head, as the relay does. */
  async publish(): Promise<void> {
    const copy = this.broker.copyOf(testLog);
    const head = await this.store.head(testLog);
    await this.atOnce(copy.create(head.incarnation));
    const known = await this.atOnce(copy.inspect());
    const last: Position = known.kind === 'ours' ? known.last : nowhere;
    const page = await this.store.readLog(testLog, last, { limit: 1000 });
    if (page.events.length === 0) return;
    const outcome = await this.atOnce(copy.publish(page.events, head.incarnation));
    if (outcome.kind !== 'published') throw new Error(`not published: ${outcome.kind}`);
  }

  /** Appends an event to each stream and publishes them. */
  async happen(...streams: readonly StreamName[]): Promise<readonly RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    for (const stream of streams) events.push(await this.append(stream));
    await this.publish();
    return events;
  }

  /** Starts a worker in a process of its own. */
  async start(
    handler: Handler,
    limits: Partial<WorkerLimits> = {},
    rehearse?: (note: NoteEffect) => Handler,
  ): Promise<TestWorker> {
    const life = new ProcessLife(this.time, this.consumers);
    const worker = createWorker({
      name: 'testworker',
      log: testLog,
      handlers: new Map([[happened, handler]]),
      ...(rehearse && { rehearse: (note) => new Map([[happened, rehearse(note)]]) }),
      consumers: life.consumers,
      store: this.reader,
      ledger: this.ledger,
      logger: silent,
      scheduler: life.scheduler,
      random: () => 0.5,
      limits,
    });
    await this.atOnce(worker.start());
    return { ...worker, kill: () => life.end() };
  }

  /** Stops it. */
  async stop(worker: Worker): Promise<void> {
    await this.atOnce(worker.stop());
  }

  /** Waits for work that takes no time but needs its turn: what it calls up is run. */
  async atOnce<T>(work: Promise<T>): Promise<T> {
    await this.time.advance(0);
    return work;
  }

  /** Waits until the consumer has written that everything up to here is settled. */
  async untilMarkIs(at: number): Promise<void> {
    await this.time.until(async () => (await this.ledger.loadMark(testConsumer, testLog))?.position === at, 20_000);
  }

  /** Waits until the worker stands still because of the log, and names the command that leads out. */
  async untilHalted(worker: Worker, withinMs?: number): Promise<void> {
    await this.time.until(async () => {
      const readiness = await worker.checks[0].check();
      return !readiness.ok && (readiness.nextStep ?? '').includes('log import TEST');
    }, withinMs);
  }

  async #wait(...work: Parameters<WorkerLedger['wait']>): Promise<void> {
    await this.recordGate;
    await this.#ledger.ledger.wait(...work);
    await this.waitGate;
  }

  async #answer<T>(ask: () => Promise<T>): Promise<T> {
    if (!this.storeAvailable) throw new StoreUnavailable('write', 'the store is switched off');
    return ask();
  }
}

/** A worker whose process can be killed. */
export interface TestWorker extends Worker {
  /** Ends its process: no timer of it fires any more, nothing is delivered to it, and what it had in hand is left. */
  kill(): Promise<void>;
}

class ProcessLife {
  readonly scheduler: Scheduler;
  readonly consumers: ConsumerSource;
  readonly #opened: Consumer[] = [];
  #alive = true;

  constructor(time: Scheduler, source: ConsumerSource) {
    const whileAlive = (run: () => void) => () => {
      if (this.#alive) run();
    };
    this.scheduler = { nowMs: () => time.nowMs(), after: (ms, run) => time.after(ms, whileAlive(run)) };
    this.consumers = {
      consume: async (...wish) => {
        const consumer = await source.consume(...wish);
        this.#opened.push(consumer);
        return consumer;
      },
    };
  }

  async end(): Promise<void> {
    this.#alive = false;
    for (const consumer of this.#opened) await consumer.stop();
  }
}

/** The same ledger, as long as it is available. */
function breakable(ledger: () => WorkerLedger, isAvailable: (call: string | symbol) => boolean): WorkerLedger {
  return new Proxy(ledger(), {
    get(_first, name) {
      if (!isAvailable(name)) return () => Promise.reject(new InfrastructureFault('the database is switched off'));
      return Reflect.get(ledger(), name);
    },
  });
}

/** A stream that nobody else uses. */
export function newStream(): StreamName {
  return streamName(`order-${randomUUID()}`);
}

/** Notes the positions it is given and answers as told. */
export function recorder(answer: Handler = async () => done) {
  const seen: number[] = [];
  const attempts: number[] = [];
  const handler: Handler = async (event, context) => {
    seen.push(event.position);
    attempts.push(context.attempt);
    return answer(event, context);
  };
  return { seen, attempts, handler };
}
