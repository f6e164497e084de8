/**
 * Every call that a process makes through a port goes through here, and here it can be refused, lost, doubled, late, or
 * the last thing the process does. The port behind stands for a database or another process: it survives.
 */

import { type Life, never } from '../processes/life.ts';
import type { Sometimes } from '../world/sometimes.ts';
import type { Story } from '../world/story.ts';
import type { WorldTime } from '../world/world-time.ts';
import { type CallFault, callFaults, type Faults } from './faults.ts';

/** What every call in a world shares. */
export interface CallWorld {
  readonly time: WorldTime;
  readonly faults: Faults;
  readonly story: Story;
  readonly sometimes: Sometimes;
  /** A number from 0 to 1 each time it is asked. */
  readonly random: () => number;
  /** How often a place has been called already. */
  readonly counts: Map<string, number>;
  /** The process dies now. */
  readonly kill: (life: Life) => void;
}

/** Looks at calls that took effect, by method. */
type Watching<Port> = {
  readonly [Method in keyof Port]?: Port[Method] extends (...args: infer Args) => Promise<infer Answer>
    ? (args: Args, answer: Answer) => void
    : never;
};

/** How a port fails. */
export interface PortNature<Port> {
  /** Such as `event store`; calls are named `event store.append`. */
  readonly name: string;
  /** What the caller is told when its call did not get through: throws, or answers that nothing is known. */
  readonly refuses: (method: string) => unknown;
  /** The same when the call may have taken effect. Default: as when refused. */
  readonly loses?: (method: string) => unknown;
  /** Whether it cannot be reached at all now. */
  readonly isAway?: () => boolean;
  /** What may happen to calls of this port. Default: all but `doubled`. */
  readonly may?: ReadonlySet<CallFault>;
  /** How much more often than others its calls fail: rarely called ones should fail, too. Default 1. */
  readonly frailty?: number;
  /** Methods that never leave in another order than they were called in. */
  readonly inOrder?: ReadonlySet<string>;
  /** Methods that are no calls: answered from memory. */
  readonly local?: ReadonlySet<string>;
  /** Looks at what took effect, for the story and the rare paths. */
  readonly watch?: Watching<Port>;
}

/** All but `doubled`, which is for calls that something on the way repeats. */
export const usualFaults: ReadonlySet<CallFault> = new Set<CallFault>([
  'diesBefore',
  'diesAfter',
  'refused',
  'answerLost',
  'late',
  'slow',
]);

/** The same port, as this process sees it over its connection. */
export function overTheWire<Port extends object>(
  port: Port,
  nature: PortNature<Port>,
  life: Life,
  world: CallWorld,
): Port {
  const methods = new Map<string | symbol, unknown>();
  return new Proxy(port, {
    get(target, name) {
      const known = methods.get(name);
      if (known !== undefined) return known;
      const found: unknown = Reflect.get(target, name, target);
      if (typeof found !== 'function' || typeof name !== 'string' || nature.local?.has(name)) return found;
      const watch: unknown = nature.watch && Reflect.get(nature.watch, name);
      const method = (...args: readonly unknown[]): Promise<unknown> => {
        const effect = async (): Promise<unknown> => {
          const answer: unknown = await Reflect.apply(found, target, args);
          if (typeof watch === 'function') Reflect.apply(watch, undefined, [args, answer]);
          return answer;
        };
        return new Call(nature, name, effect).make(life, world);
      };
      methods.set(name, method);
      return method;
    },
  });
}

/** Seconds that are longer than anybody waits, but not for ever. */
const lateMs = (chance: number): number => 300 + chance * chance * 15_000;

class Call {
  readonly #nature: Omit<PortNature<never>, 'watch'>;
  readonly #method: string;
  readonly #effect: () => Promise<unknown>;

  constructor(nature: Omit<PortNature<never>, 'watch'>, method: string, effect: () => Promise<unknown>) {
    this.#nature = nature;
    this.#method = method;
    this.#effect = effect;
  }

  make(life: Life, world: CallWorld): Promise<unknown> {
    if (!life.alive) return never();
    const { name, may = usualFaults, isAway, frailty = 1 } = this.#nature;
    const point = `${life.role} → ${name}.${this.#method}`;
    const count = (world.counts.get(point) ?? 0) + 1;
    world.counts.set(point, count);
    const fault = world.faults.atCall(`${point} #${count}`, { role: life.role, may, frailty });
    if (fault !== undefined) this.#note(life, world, fault, count);
    world.story.mark(point);
    if (fault === 'diesBefore') {
      world.kill(life);
      return never();
    }
    return new Promise((resolve, reject) => {
      let isAnswered = false;
      const fail = (how = this.#nature.refuses): void => {
        if (isAnswered) return;
        isAnswered = true;
        // What it throws rejects, too.
        resolve(Promise.resolve(this.#method).then((method) => how(method)));
      };
      if (fault === 'refused' || isAway?.()) return this.#soon(life, world, () => fail(this.#nature.refuses));
      const send = (): void => {
        // The other side may have gone away while the request was on its way.
        if (isAway?.()) return life.run(() => fail(this.#nature.loses));
        this.#perform(fault === 'doubled').then(
          (answer) => {
            if (fault === 'diesAfter') return world.kill(life);
            if (fault === 'late') return;
            if (fault === 'answerLost') return this.#soon(life, world, () => fail(this.#nature.loses));
            this.#soon(life, world, () => (isAway?.() ? fail(this.#nature.loses) : resolve(answer)));
          },
          (error: unknown) =>
            this.#soon(life, world, () => reject(error instanceof Error ? error : new Error(String(error)))),
        );
      };
      if (fault === 'late' || fault === 'slow') {
        const ms = lateMs(world.faults.chance.unit(`${point} #${count} ms`));
        world.time.after(ms, send);
        if (fault === 'late') life.scheduler.after(Math.min(ms / 2, 2_000), () => fail(this.#nature.loses));
        return;
      }
      if (this.#nature.inOrder?.has(this.#method) || world.random() < 0.6) send();
      else world.time.after(world.random() * 8, send);
    });
  }

  async #perform(twice: boolean): Promise<unknown> {
    const answer = await this.#effect();
    if (twice) await this.#effect();
    return answer;
  }

  /** The answer travels for a moment, or is there at once. */
  #soon(life: Life, world: CallWorld, run: () => void): void {
    if (world.random() < 0.6) life.run(run);
    else world.time.after(world.random() * 8, () => life.run(run));
  }

  #note(life: Life, { sometimes, story }: CallWorld, fault: CallFault, count: number): void {
    sometimes.fault(`${this.#nature.name}: ${callFaults[fault]}`);
    story.mark(fault);
    story.tell(life.role, `✗ ${this.#nature.name}.${this.#method} (call ${count}): ${callFaults[fault]}`);
  }
}
