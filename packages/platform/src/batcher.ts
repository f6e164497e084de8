/**
 * Gathers what arrives while the previous batch is under way and hands it over as one. There is no timer and no delay:
 * alone, an item goes at once; under load, the batch is whatever came in meanwhile. That is what turns a thousand
 * callers into a few commits, messages or writes, while code for one item stays code for one item.
 */
import { CodedError } from './coded-error.ts';
import { failSpan, isTracing, type Span, startSpan, withoutTrace } from './telemetry/trace.ts';

/** What a Batcher needs to know. Every bound is required or has a default: nothing grows without end. */
export interface BatcherOptions<Item, Result> {
  /** Most items in one batch. */
  readonly maxItems: number;
  /** Most bytes in one batch by `sizeOf`; one item larger than this still goes, alone. Default: no bound. */
  readonly maxBytes?: number;
  /** An item's size in bytes; asked once per item. Default: 0. */
  readonly sizeOf?: (item: Item) => number;
  /** Most items waiting; the next one is refused with QueueFull. Those in a running batch do not count. */
  readonly maxQueued: number;
  /** Batches that may be under way at once. Default 1, which also keeps batches in order. */
  readonly maxInFlight?: number;
  /**
   * Items in line from which on a batch sets out beside one that is under way; where twice as many wait for the first,
   * it leaves half of them to the second, so that submitters who wait for their answers do not all wait at once.
   * Default 1, which leaves nothing behind: for work that gains more from company than from starting early, say more.
   */
  readonly overlapFrom?: number;
  /** Asked before a batch sets out beside another one, or leaves some of the line to it. Default: it may. */
  readonly mayOverlap?: () => boolean;
  /**
   * Name of the span that a batch leaves in the trace of each member that is traced, such as `commit`. The batch itself
   * belongs to no trace: it is nobody's alone. Default: none.
   */
  readonly span?: string;
  /** Puts off the start of a batch until what arrives now has arrived. Default: setImmediate, which ends the turn of the event loop. */
  readonly soon?: (run: () => void) => void;
  /**
   * Does the work. Must answer one result per item, in the items' order, or `Rejected` for an item that fails by itself;
   * what it throws goes to each of the batch.
   */
  readonly run: (items: readonly Item[]) => Promise<readonly (Result | Rejected)[]>;
}

/** In place of a result: this item's submission rejects with the error. */
export class Rejected {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** Thrown by `submit` when the waiting line is at its bound. The caller should say "busy" and be asked again later. */
export class QueueFull extends CodedError {
  constructor(maxQueued: number) {
    super('queue_full', `${maxQueued} items are already waiting`, {
      details: { maxQueued },
      nextStep: 'try again shortly, or raise the bound if the machine has room',
    });
  }
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly bytes: number;
  /** From here to the batch's end, when its submitter is traced. */
  readonly span: Span | undefined;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Joins single submissions into batches. Items keep their order of submission; an item is in exactly one batch; the
 * answers are positional. A batch that fails fails for its own members only, and the next one runs.
 */
export class Batcher<Item, Result> {
  readonly #options: BatcherOptions<Item, Result>;
  readonly #maxInFlight: number;
  readonly #maxBytes: number;
  readonly #overlapFrom: number;
  readonly #mayOverlap: () => boolean;
  #waiting: Waiting<Item, Result>[] = [];
  /** Index of the first item still waiting: taking a batch moves it, so that a long line is not shifted each time. */
  #first = 0;
  #inFlight = 0;
  #scheduled = false;
  #closed = false;
  readonly #whenEmpty: (() => void)[] = [];
  readonly #soon: (run: () => void) => void;

  constructor(options: BatcherOptions<Item, Result>) {
    this.#options = options;
    this.#soon = options.soon ?? setImmediate;
    this.#maxInFlight = options.maxInFlight ?? 1;
    this.#maxBytes = options.maxBytes ?? Number.POSITIVE_INFINITY;
    this.#overlapFrom = options.overlapFrom ?? 1;
    this.#mayOverlap = options.mayOverlap ?? (() => true);
    if (options.maxItems < 1 || options.maxQueued < 1 || this.#maxInFlight < 1) {
      throw new RangeError('maxItems, maxQueued and maxInFlight must be at least 1');
    }
  }

  /** Items waiting for their batch to start. */
  get queued(): number {
    return this.#waiting.length - this.#first;
  }

  /** Batches under way. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /**
   * Puts one item in line and answers its own result.
   * @throws QueueFull at once (not as a rejection) when the line is at its bound.
   * @throws CodedError `batcher_closed` at once after `close`.
   */
  submit(item: Item): Promise<Result> {
    if (this.#closed) throw new CodedError('batcher_closed', 'no more items are taken: this is shutting down');
    if (this.queued >= this.#options.maxQueued) throw new QueueFull(this.#options.maxQueued);
    const bytes = this.#options.sizeOf?.(item) ?? 0;
    return new Promise<Result>((resolve, reject) => {
      const { span: name } = this.#options;
      const span = name !== undefined && isTracing() ? startSpan(name) : undefined;
      this.#waiting.push({ item, bytes, span, resolve, reject });
      this.#schedule();
    });
  }

  /** Refuses new items and waits until those in hand are answered. May be called again. */
  close(): Promise<void> {
    this.#closed = true;
    if (this.queued === 0 && this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenEmpty.push(resolve);
    });
  }

  /**
   * Starts the next batch once this turn of the event loop has delivered its input: everything that arrived with one
   * read of the sockets, or was released by one finished batch, travels together. Costs microseconds when idle.
   */
  #schedule(): void {
    if (this.#scheduled || !this.#mayStart()) return;
    this.#scheduled = true;
    this.#soon(() => {
      this.#scheduled = false;
      withoutTrace(() => {
        while (this.#mayStart()) void this.#runOne(this.#take());
      });
    });
  }

  #mayStart(): boolean {
    if (this.#inFlight === 0) return this.queued > 0;
    return this.#inFlight < this.#maxInFlight && this.queued >= this.#overlapFrom && this.#mayOverlap();
  }

  /** How many of those in line the next batch may have. */
  #share(): number {
    const { maxItems } = this.#options;
    const leavesSome = this.#overlapFrom > 1 && this.#maxInFlight > 1 && this.#inFlight === 0;
    return leavesSome && this.queued >= 2 * this.#overlapFrom && this.#mayOverlap()
      ? Math.min(maxItems, Math.ceil(this.queued / 2))
      : maxItems;
  }

  #take(): Waiting<Item, Result>[] {
    const mostItems = this.#share();
    let end = this.#first;
    let bytes = 0;
    while (end < this.#waiting.length && end - this.#first < mostItems) {
      bytes += this.#waiting[end]?.bytes ?? 0;
      if (bytes > this.#maxBytes && end > this.#first) break;
      end += 1;
    }
    const batch = this.#waiting.slice(this.#first, end);
    this.#first = end;
    this.#forgetTaken();
    return batch;
  }

  /** Drops the taken head of the line once it outweighs the rest, which keeps the cost per item constant. */
  #forgetTaken(): void {
    if (this.#first * 2 < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#first);
    this.#first = 0;
  }

  async #runOne(batch: Waiting<Item, Result>[]): Promise<void> {
    this.#inFlight += 1;
    for (const { span } of batch) span?.setAttribute('batch.items', batch.length);
    try {
      const results = await this.#options.run(batch.map((waiting) => waiting.item));
      if (results.length !== batch.length) {
        throw new CodedError('batch_result_mismatch', `${batch.length} items got ${results.length} results`);
      }
      results.forEach((result, index) => {
        const waiting = batch[index];
        if (waiting === undefined) return;
        if (result instanceof Rejected) return fail(waiting, result.error);
        waiting.span?.end();
        waiting.resolve(result);
      });
    } catch (error) {
      for (const waiting of batch) fail(waiting, error);
    } finally {
      this.#inFlight -= 1;
      this.#schedule();
      if (this.queued === 0 && this.#inFlight === 0) for (const done of this.#whenEmpty.splice(0)) done();
    }
  }
}

function fail({ span, reject }: Pick<Waiting<unknown, unknown>, 'span' | 'reject'>, error: unknown): void {
  if (span !== undefined) failSpan(span, error);
  span?.end();
  reject(error);
}
