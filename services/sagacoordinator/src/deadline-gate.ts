/**
 * Says whether deadlines may be judged. An outage or a backlog must never become a mass cancellation: so a step's
 * deadlines rest while the coordinator, the relay, or the consumer that does the step is behind the log, and until
 * everybody has kept up for a while again.
 */
import { nowhere, type Position } from '@eventstream/contracts';
import type { ConsumerLag } from '@eventstream/messaging';
import { gauge, type Logger, messageOf, type Part } from '@eventstream/platform';
import { every, type Scheduler, systemScheduler } from '@eventstream/platform/scheduler';
import type { DeadlineGate } from '@eventstream/saga';

/** Where the others are. Each rejects when it cannot tell; then nothing is judged. */
export interface LagSources {
  head(): Promise<Position>;
  /** How far the coordinator has read. */
  readTo(): Promise<Position>;
  /** The last position that the relay published; undefined when the broker has no copy of the log. */
  copyLast(): Promise<Position | undefined>;
  /** Undefined when there is no such consumer: the step is somebody else's, whose lag is not known. */
  consumerLag(name: string): Promise<ConsumerLag | undefined>;
  /** Up to where the consumer has tried all of its work, by its own ledger; undefined when it never worked. */
  triedTo(name: string): Promise<Position | undefined>;
}

/** What the gate is made of. */
export interface LagGateOptions {
  readonly sources: LagSources;
  /** The consumer that begins to work on each step. */
  readonly consumers: Readonly<Record<string, string>>;
  /** Everybody must have kept up for this long. */
  readonly settleMs: number;
  readonly logger: Logger;
  readonly sampleMs?: number;
  /** Default: the machine's time. */
  readonly scheduler?: Scheduler;
}

/** Being behind the head by up to this much time still counts as keeping up: work on its way is no backlog. */
const toleranceMs = 2_000;
/**
 * A consumer that has not tried everything there was so long ago is stuck, whatever the broker says: the broker counts
 * neither what it evicted before delivery, nor what it delivered to a worker that hangs. Workers write down how far
 * they are every 15 s, and an attempt may take a while.
 */
const untriedMs = 60_000;
/** After so many missing samples the last answer no longer counts: whoever takes them hangs. */
const samplesMissedMax = 5;

const judged = gauge('saga_deadlines_judged', '1 while deadlines of this step may be judged', ['step']);

/** The gate, and the part of the process that keeps looking. */
export class LagGate implements DeadlineGate, Part {
  readonly name = 'deadline gate';
  readonly checks = [];
  readonly #options: LagGateOptions;
  readonly #sampleMs: number;
  readonly #scheduler: Scheduler;
  /** Heads of the last samples, oldest first. */
  #heads: { readonly atMs: number; readonly head: Position }[] = [];
  readonly #keepsUpSince = new Map<string, number>();
  readonly #said = new Map<string, string>();
  #sampledAtMs = Number.NEGATIVE_INFINITY;
  #end: (() => Promise<void>) | undefined;

  constructor(options: LagGateOptions) {
    this.#options = options;
    this.#sampleMs = options.sampleMs ?? 500;
    this.#scheduler = options.scheduler ?? systemScheduler;
  }

  async start(): Promise<void> {
    this.#end = every(this.#scheduler, this.#sampleMs, () => this.sample());
  }

  async stop(): Promise<void> {
    await this.#end?.();
  }

  async mayJudge(step: string): Promise<boolean> {
    const { settleMs } = this.#options;
    const nowMs = this.#scheduler.nowMs();
    const since = this.#keepsUpSince.get(step);
    const isFresh = nowMs - this.#sampledAtMs <= this.#sampleMs * samplesMissedMax;
    const may = isFresh && since !== undefined && nowMs - since >= settleMs;
    judged.set({ step }, may ? 1 : 0);
    return may;
  }

  /** Looks once at where everybody is. Never rejects. */
  async sample(): Promise<void> {
    const { sources, consumers } = this.#options;
    const steps = Object.entries(consumers);
    let everybody: string | undefined;
    try {
      this.#remember(await sources.head());
      everybody = await this.#behind(this.#tolerated());
    } catch (error) {
      everybody = messageOf(error);
    }
    for (const [step, consumer] of steps) this.#note(step, everybody ?? (await this.#consumerBehind(consumer)));
    this.#sampledAtMs = this.#scheduler.nowMs();
  }

  #remember(head: Position): void {
    const nowMs = this.#scheduler.nowMs();
    this.#heads.push({ atMs: nowMs, head });
    const old = this.#heads.findLastIndex(({ atMs }) => atMs <= nowMs - untriedMs);
    if (old > 0) this.#heads = this.#heads.slice(old);
  }

  /** The head that everybody should have reached by now: the latest that is older than the tolerance, or else this one. */
  #tolerated(): Position {
    const nowMs = this.#scheduler.nowMs();
    const at = this.#heads.findLast(({ atMs }) => atMs <= nowMs - toleranceMs) ?? this.#heads.at(-1);
    return at?.head ?? nowhere;
  }

  async #behind(head: Position): Promise<string | undefined> {
    const { sources } = this.#options;
    const [readTo, copyLast] = await Promise.all([sources.readTo(), sources.copyLast()]);
    if (readTo < head) return `the coordinator has read to ${readTo}, the log was at ${head} already`;
    if (copyLast === undefined) return 'the broker has no copy of the log';
    return copyLast < head ? `the relay has published to ${copyLast}, the log was at ${head} already` : undefined;
  }

  async #consumerBehind(consumer: string): Promise<string | undefined> {
    const { sources } = this.#options;
    try {
      const lag = await sources.consumerLag(consumer);
      if (lag !== undefined && lag.pending > 0 && lag.deliveredTo < this.#tolerated())
        return `${lag.pending} events wait for ${consumer}`;
      const triedTo = await sources.triedTo(consumer);
      const old = this.#heads[0]?.head ?? nowhere;
      if (triedTo === undefined || triedTo >= old) return undefined;
      return `${consumer} has tried its work to ${triedTo}, the log was at ${old} long ago`;
    } catch (error) {
      return messageOf(error);
    }
  }

  /** Keeps since when a step's people keep up, and says so when that changes. */
  #note(step: string, reason: string | undefined): void {
    const { logger } = this.#options;
    if (reason !== undefined) {
      this.#keepsUpSince.delete(step);
      if (!this.#said.has(step)) logger.warn({ step, reason }, 'no deadline of this step is judged for now');
      this.#said.set(step, reason);
      return;
    }
    if (!this.#keepsUpSince.has(step)) this.#keepsUpSince.set(step, this.#scheduler.nowMs());
    if (this.#said.delete(step)) logger.info({ step }, 'deadlines of this step are judged again');
  }
}
