/**
 * Looks at the system once a second while somebody watches, less often while nobody does, and sends what it saw to all
 * listeners. Everything it asks is bounded: one look at a time, each question with a short limit, and whatever counts
 * all orders runs for a fiftieth of the time at most. However many pages are open, the system is asked once.
 */
import type { Logger, Part } from '@eventstream/platform';
import type { Burst, Counters, Floor, FloorPoint } from '../api/floor.ts';
import { Broadcast } from '../broadcast.ts';
import { composeFloor, type Picture } from './compose-floor.ts';
import { DutyCycle } from './duty-cycle.ts';
import type { Since } from './floor-boxes.ts';
import type { Look } from './look.ts';

/** What the collector asks, and how often. */
export interface CollectorOptions {
  readonly look: (before: Look | undefined) => Promise<Look>;
  /** Counts orders and money; `isBehind`: the read model is not at the head of the log. */
  readonly count: (isBehind: boolean) => Promise<Counters>;
  readonly burst: () => Burst | null;
  readonly logger: Logger;
  /** Between two looks while somebody watches, and while nobody does. */
  readonly everyMs?: number;
  readonly idleEveryMs?: number;
  /** A clock that only goes forwards, for the share of the time. */
  readonly tickMs?: () => number;
}

const standardEveryMs = 1_000;
const standardIdleEveryMs = 5_000;
/** Ten minutes of looks. */
const pointsMax = 600;
const countingShare = 0.02;

/** The collector. Start it once; whoever wants the floor listens to it. */
export class FloorCollector implements Part {
  readonly name = 'floor';
  readonly checks = [];
  readonly #options: CollectorOptions;
  readonly #broadcast = new Broadcast<Floor>();
  readonly #counting = new DutyCycle(countingShare);
  readonly #points: FloorPoint[] = [];
  #before: Look | undefined;
  #earlier: Look | undefined;
  #since: Since = new Map();
  #counters: Counters | null = null;
  /** Somebody whom counting asks was away, so that a count took long without working. */
  #countWaited = false;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #stopped = false;

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#next();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  /** The last minutes, oldest first. */
  get history(): readonly FloorPoint[] {
    return this.#points;
  }

  /** The last two looks. */
  async looks(): Promise<{ readonly before: Look | undefined; readonly now: Look }> {
    await this.now();
    if (this.#before === undefined) throw new Error('the system could not be looked at');
    return { before: this.#earlier, now: this.#before };
  }

  /** The floor as it is now: no older than a look while somebody watches. */
  async now(): Promise<Floor> {
    const { everyMs = standardEveryMs } = this.#options;
    const isOld = this.#before === undefined || performance.now() - this.#before.tickMs > everyMs;
    if (isOld) this.#hurry();
    if (isOld) await this.#looking;
    const { latest } = this.#broadcast;
    if (latest === undefined) throw new Error('the system could not be looked at');
    return latest;
  }

  /** The floor at each look from now on, the last one at once. The first listener is not kept waiting for the idle pace. */
  floors(): AsyncIterable<Floor> {
    return {
      [Symbol.asyncIterator]: () => {
        const floors = this.#broadcast.listen()[Symbol.asyncIterator]();
        if (this.#broadcast.listeners === 1) this.#hurry();
        return floors;
      },
    };
  }

  #hurry(): void {
    if (this.#stopped || this.#looking !== undefined) return;
    clearTimeout(this.#timer);
    this.#next();
  }

  #next(): void {
    this.#looking = this.#look();
  }

  async #look(): Promise<void> {
    const { everyMs = standardEveryMs, idleEveryMs = standardIdleEveryMs, logger } = this.#options;
    const beganMs = performance.now();
    try {
      await this.#see();
    } catch (error) {
      logger.error({ err: error }, 'a look at the system failed');
    }
    // In one go with choosing the pace: a listener that comes in between would neither be counted nor hurry anybody.
    this.#looking = undefined;
    if (this.#stopped) return;
    const pace = this.#broadcast.listeners > 0 ? everyMs : idleEveryMs;
    // Looks begin at their pace, however long each takes.
    const waitMs = Math.max(0, pace - (performance.now() - beganMs));
    this.#timer = setTimeout(() => this.#next(), waitMs);
  }

  async #see(): Promise<void> {
    const look = await this.#options.look(this.#before);
    const picture = composeFloor(this.#before, look, this.#since);
    this.#since = new Map(picture.boxes.map(({ name, state, sinceMs }) => [name, { state, sinceMs }]));
    this.#earlier = this.#before;
    this.#before = look;
    this.#points.push(picture.point);
    if (this.#points.length > pointsMax) this.#points.shift();
    const isBehind = picture.positions.readModel !== picture.positions.head;
    // Not awaited: a slow count must not hold up the picture.
    if (this.#mayCount(picture, look)) void this.#count(isBehind);
    this.#broadcast.send({
      ...picture,
      counters: this.#counters,
      burst: this.#options.burst(),
      listeners: this.#broadcast.listeners,
    });
  }

  /** Not while the database is away. What waited for it or for the provider cost neither: it is made up for when they are back. */
  #mayCount({ boxes }: Picture, { postgres }: Look): boolean {
    const provider = boxes.find(({ name }) => name === 'paymentgateway');
    if (!postgres.ok || (provider !== undefined && provider.trouble !== null)) this.#countWaited = true;
    else if (this.#countWaited && this.#counting.forgive()) this.#countWaited = false;
    return postgres.ok;
  }

  async #count(isBehind: boolean): Promise<void> {
    const { count, logger, tickMs = () => performance.now() } = this.#options;
    await this.#counting.runWhenDue(tickMs, async () => {
      try {
        this.#counters = await count(isBehind);
      } catch (error) {
        logger.debug({ err: error }, 'orders could not be counted; the last count stays');
      }
    });
  }
}
