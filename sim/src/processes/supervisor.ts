/** Starts the processes of a world, and starts them again when they die; sometimes there are two of one role. */
import { type Faults, incidents } from '../faults/faults.ts';
import { Life } from './life.ts';
import { makeProcess, type ProcessWorld, type Role, roles, type Started } from './processes.ts';

/** A place for a process. */
interface Slot {
  readonly role: Role;
  /** Of the process in it: its role, with a number when it is the second. */
  readonly name: string;
  starts: number;
  life: Life | undefined;
  started: Started | undefined;
}

/** Worlds with a second process of one role. */
const worldsWithTwin = 0.35;
/** How long an ordered stop may take. */
const stopWithinMs = 5_000;
const skewMsMax = 60_000;

/** All processes of a world. */
export class Supervisor {
  readonly #world: ProcessWorld;
  readonly #onBug: (error: unknown) => void;
  readonly #slots: readonly Slot[];

  constructor(world: ProcessWorld, onBug: (error: unknown) => void) {
    this.#world = world;
    this.#onBug = onBug;
    this.#slots = slotsOf(world.faults);
  }

  /** Starts what does not run. */
  startAll(): void {
    for (const slot of this.#slots) if (slot.life?.alive !== true) this.#start(slot);
  }

  /** Whatever stands still goes on, and what is dead is started. */
  heal(): void {
    for (const { life } of this.#slots) life?.thaw();
    this.startAll();
  }

  /** Whether a process of this role runs. */
  runs(role: Role): boolean {
    return this.#slots.some((slot) => slot.role === role && slot.life?.alive);
  }

  /** Processes that run. */
  *running(role: Role): Generator<{ readonly life: Life; readonly started: Started }> {
    for (const { role: theirs, life, started } of this.#slots)
      if (theirs === role && life?.alive && started) yield { life, started };
  }

  /** A process dies now, and is started again a while later. */
  kill(life: Life): void {
    if (!life.alive) return;
    this.#world.story.tell(life.role, '† dies');
    this.#world.faults.died(life.role);
    this.#end(life);
  }

  /** Stops one in order, as on SIGTERM: its parts in reverse. Whatever takes too long is cut off. */
  async stop(life: Life, { parts }: Started): Promise<void> {
    this.#world.time.after(stopWithinMs, () => this.#end(life));
    for (const part of parts.toReversed()) await part.stop();
    this.#world.story.tell(life.role, 'has stopped');
    this.#end(life);
  }

  #end(life: Life): void {
    if (!life.alive) return;
    life.end();
    const slot = this.#slots.find((each) => each.life === life);
    if (slot === undefined) return;
    const { time, faults } = this.#world;
    time.after(faults.chance.whole(`${slot.name} is away ${slot.starts}`, 20, 2_500), () => {
      if (slot.life === life) this.#start(slot);
    });
  }

  #start(slot: Slot): void {
    slot.starts += 1;
    const { faults, sometimes, story, time } = this.#world;
    const instance = `${slot.name} start ${slot.starts}`;
    const isSkewed = faults.happens(`clock of ${instance}`, 'clockSkewed', 0.05);
    if (isSkewed) sometimes.fault(`world: ${incidents.clockSkewed}`);
    const skewMs = isSkewed ? faults.chance.whole(`skew of ${instance}`, -skewMsMax, skewMsMax) : 0;
    slot.life = new Life(slot.name, time, skewMs);
    slot.started = makeProcess(slot.role, slot.life, this.#world, instance);
    story.tell(slot.name, slot.starts === 1 ? 'starts' : `starts again (${slot.starts})`);
    for (const part of slot.started.parts) part.start().catch(this.#onBug);
  }
}

function slotsOf({ chance }: Faults): readonly Slot[] {
  const slot = (role: Role, name: string): Slot => ({ role, name, starts: 0, life: undefined, started: undefined });
  const slots = roles.map((role) => slot(role, role));
  if (!chance.happens('twin', worldsWithTwin)) return slots;
  // Two relays are what the fence is for.
  const role: Role = chance.oneOf<Role>('twin role', ['eventstoresvc', 'eventstoresvc', ...roles]);
  return [...slots, slot(role, `${role} 2`)];
}
