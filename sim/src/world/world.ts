/**
 * One world: the whole platform on memory adapters, its clients, and everything that goes wrong, from one seed. It runs
 * until its people have nothing more to ask and its faults are over, is healed, must come to rest, and is then checked.
 */
import { type Logger, messageOf, withParent } from '@eventstream/platform';
import { type Away, planAccidents, type Victim } from '../faults/accidents.ts';
import { Faults, type FiredFault } from '../faults/faults.ts';
import { Natures } from '../faults/natures.ts';
import { type Broken, checkHistory, checkPromises, whatStillMoves } from '../judging/checks.ts';
import { countEnds } from '../judging/ends.ts';
import { wholeLog } from '../judging/evidence.ts';
import type { ProcessWorld } from '../processes/processes.ts';
import { feedingRelays } from '../processes/relay-feed.ts';
import { Supervisor } from '../processes/supervisor.ts';
import { sequence } from './chance.ts';
import { Clients } from './clients.ts';
import { type Databases, emptyDatabases, type Ports, soundPorts } from './databases.ts';
import { Sometimes } from './sometimes.ts';
import { Story } from './story.ts';
import { silentLogger, storyLogger } from './story-logger.ts';
import { worldSettings } from './world-settings.ts';
import { WorldTime } from './world-time.ts';

/** Which world, and what is different in it. */
export interface WorldOptions {
  readonly seed: number;
  /** Places of faults, accidents and orders that do not happen. */
  readonly leftOut?: ReadonlySet<string>;
  /** Puts faulty adapters in the place of sound ones: a safeguard less. */
  readonly withPorts?: (sound: Ports, databases: Databases) => Ports;
  /** Keeps the story. */
  readonly isTold?: boolean;
}

/** How a world went. */
export interface WorldResult {
  readonly seed: number;
  readonly broken: Broken | undefined;
  /** Two runs of the same world have the same. */
  readonly fingerprint: string;
  readonly faults: readonly FiredFault[];
  readonly orders: number;
  readonly events: number;
  readonly livedMs: number;
  readonly timers: number;
  readonly counts: ReadonlyMap<string, number>;
  readonly story: readonly string[];
}

/** Faults happen for so long; clients may take longer. */
const underFireMs = 16_000;
/** After the last fault everything has to come to rest within so long. */
const healedWithinMs = 240_000;
const lookEveryMs = 250;
const ordersMax = 4;
const checksUnderFireMax = 3;
/** One trace for everything, not kept: nothing has to draw ids for new ones. */
const oneTrace = '00-00000000000000000000000000000001-0000000000000001-00';

/** A world. */
export class World {
  readonly #options: WorldOptions;
  readonly #time: WorldTime;
  readonly #faults: Faults;
  readonly #story: Story;
  readonly #sometimes = new Sometimes();
  readonly #databases: Databases;
  readonly #world: ProcessWorld;
  readonly #supervisor: Supervisor;
  readonly #clients: Clients;
  /** How many outages of each are under way. */
  readonly #away = new Map<Away, number>();
  readonly #names = new Map<string, string>();
  #broken: Broken | undefined;
  #moves: string | undefined = 'nothing was looked at yet';

  private constructor(options: WorldOptions) {
    const { seed, leftOut = new Set(), isTold = false } = options;
    this.#options = options;
    const random = sequence(seed);
    this.#time = new WorldTime(random);
    this.#faults = new Faults(seed, leftOut);
    this.#story = new Story(this.#time, isTold);
    const settings = worldSettings(this.#faults.chance);
    this.#databases = emptyDatabases(this.#time, settings.broker);
    const ports = this.#ports();
    this.#world = {
      time: this.#time,
      faults: this.#faults,
      story: this.#story,
      sometimes: this.#sometimes,
      random,
      counts: new Map(),
      kill: (life) => this.#supervisor.kill(life),
      databases: this.#databases,
      ports,
      natures: this.#natures(),
      settings,
      loggerOf: (role) => this.#loggerOf(role),
      isBrokerAway: () => this.#isAway('broker'),
    };
    this.#supervisor = new Supervisor(this.#world, (error) => this.#bug(error));
    this.#clients = new Clients({
      world: this.#world,
      logger: silentLogger,
      keyOf: ports.keyOf,
      door: () => [...this.#supervisor.running('ordersvc')].at(0),
      onId: (id, number) => this.#names.set(id, `order ${number}`),
      onBug: (error) => this.#bug(error),
    });
  }

  /** Runs a world to its end. */
  static run(options: WorldOptions): Promise<WorldResult> {
    return withParent(oneTrace, () => new World(options).#run());
  }

  async #run(): Promise<WorldResult> {
    try {
      this.#supervisor.startAll();
      const { chance } = this.#faults;
      this.#clients.start(chance.whole('orders', 1, ordersMax), this.#options.leftOut ?? new Set());
      planAccidents(this.#world, this.#victim(), underFireMs - 2_000);
      this.#planChecks();
      await this.#live();
    } catch (error) {
      this.#bug(error);
    }
    const events = await wholeLog(this.#databases);
    for (const event of events) this.#story.mark(`${event.id} ${event.type} ${event.position} ${event.recordedAtMs}`);
    await countEnds(events, { databases: this.#databases, sometimes: this.#sometimes, time: this.#time });
    return {
      seed: this.#options.seed,
      broken: this.#broken,
      fingerprint: this.#story.fingerprint,
      faults: this.#faults.fired,
      orders: this.#clients.histories.length,
      events: events.length,
      livedMs: this.#time.nowMs() - this.#time.startMs,
      timers: this.#time.fired,
      counts: this.#sometimes.counts,
      story: this.#story.lines,
    };
  }

  async #live(): Promise<void> {
    await this.#pass(() => false, underFireMs);
    if (this.#broken !== undefined) return;
    this.#heal();
    this.#keepLooking();
    const ended = await this.#pass(() => this.#clients.areDone && this.#moves === undefined, healedWithinMs);
    if (this.#broken !== undefined) return;
    if (ended !== 'reached') {
      const why = this.#moves ?? 'a client still waits for its answer';
      return this.#breaks({ promise: 'liveness', message: `no rest after the faults had stopped (${ended}): ${why}` });
    }
    await this.#check();
    this.#breaks(await checkHistory(this.#databases, this.#clients.histories));
  }

  #pass(isReached: () => boolean, limitMs: number) {
    return this.#time.pass(() => this.#broken !== undefined || isReached(), limitMs);
  }

  async #check(): Promise<void> {
    this.#breaks(await checkPromises(this.#databases, this.#time));
  }

  /** Keeps the first thing that is wrong. */
  #breaks(broken: Broken | undefined): void {
    if (broken === undefined || this.#broken !== undefined) return;
    this.#broken = broken;
    this.#story.tell('world', `!! promise broken: ${broken.promise}: ${broken.message}`);
  }

  #bug(error: unknown): void {
    this.#breaks({
      promise: 'a bug',
      message: error instanceof Error ? (error.stack ?? error.message) : messageOf(error),
    });
  }

  /** Faults end, what is away comes back, and what stands still goes on. */
  #heal(): void {
    this.#story.tell('world', 'the faults have stopped');
    this.#faults.heal();
    this.#away.clear();
    this.#databases.broker.start();
    this.#supervisor.heal();
  }

  /** Looks every now and then whether everything is at rest, and redrives dead letters, as an operator would. */
  #keepLooking(): void {
    this.#time.after(lookEveryMs, () => {
      this.#keepLooking(); // first: while it looks, time stands still
      this.#look().catch((error: unknown) => this.#bug(error));
    });
  }

  async #look(): Promise<void> {
    this.#moves = await whatStillMoves(this.#databases, this.#time);
    const { desk } = this.#databases.ledger;
    for (const { id, consumer } of await desk.list({ state: 'open', limit: 10 })) {
      this.#sometimes.path('redriven');
      this.#story.tell('operator', `redrives a dead letter of ${consumer}`);
      await desk.redrive(id, { by: 'operator', why: 'the faults have stopped' });
    }
  }

  #planChecks(): void {
    const { chance } = this.#faults;
    for (let left = chance.whole('checks under fire', 0, checksUnderFireMax); left > 0; left -= 1)
      this.#time.after(chance.whole(`check ${left} at`, 500, underFireMs - 500), () => {
        this.#sometimes.path('checkedUnderFire');
        this.#check().catch((error: unknown) => this.#bug(error));
      });
  }

  #victim(): Victim {
    const { broker } = this.#databases;
    const supervisor = this.#supervisor;
    return {
      broker,
      kill: (role) => {
        for (const { life } of [...supervisor.running(role)].slice(0, 1)) supervisor.kill(life);
      },
      stop: (role) => {
        for (const { life, started } of [...supervisor.running(role)].slice(0, 1))
          supervisor.stop(life, started).catch((error: unknown) => this.#bug(error));
      },
      freeze: (role, ms) => {
        for (const { life } of [...supervisor.running(role)].slice(0, 1)) life.freeze(ms);
      },
      jump: (role, ms) => {
        for (const { life } of [...supervisor.running(role)].slice(0, 1)) life.jump(ms);
      },
      away: (what, ms) => this.#goAway(what, ms),
    };
  }

  #goAway(what: Away, ms: number): void {
    const { broker } = this.#databases;
    const outages = (): number => this.#away.get(what) ?? 0;
    this.#away.set(what, outages() + 1);
    if (what === 'broker') broker.stop();
    this.#time.after(ms, () => {
      if (!this.#faults.active) return;
      this.#away.set(what, outages() - 1);
      if (what === 'broker' && !this.#isAway('broker')) broker.start();
    });
  }

  #isAway(what: Away): boolean {
    return (this.#away.get(what) ?? 0) > 0;
  }

  #natures(): Natures {
    const reach = {
      // Without a process that serves it, nobody answers.
      store: () => this.#isAway('store') || !this.#supervisor.runs('eventstoresvc'),
      workersdb: () => this.#isAway('workersdb'),
      ordersdb: () => this.#isAway('ordersdb'),
      gateway: () => this.#isAway('gateway'),
    };
    return new Natures(reach, (id) => this.#names.get(id.replace('order-', '')) ?? id);
  }

  #ports(): Ports {
    const sound = soundPorts(this.#databases);
    const ports = this.#options.withPorts?.(sound, this.#databases) ?? sound;
    return {
      ...ports,
      store: feedingRelays(ports.store, () => ({ calls: this.#world, supervisor: this.#supervisor })),
    };
  }

  #loggerOf(role: string): Logger {
    return this.#options.isTold === true ? storyLogger(role, this.#story) : silentLogger;
  }
}
