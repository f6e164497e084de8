/** Tells a process at which place to die or to stand still, and learns whether it did. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** What is to happen. */
export interface FailpointOrder {
  readonly process: string;
  readonly point: string;
  readonly action: 'kill' | 'stop';
  /** At which pass of the place. */
  readonly at: number;
}

const lookEveryMs = 25;

/** The folder that FAILPOINTS names. */
export class FailpointFolder {
  readonly folder: string;
  /** The last wish of each process: a process obeys one at a time, so the next waits its turn. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** Value of FAILPOINTS. */
  get setting(): string {
    return `folder:${this.folder}`;
  }

  /**
   * Asks for it when its turn has come, and waits until it has happened, at most so long; false: it has not, and now will
   * not any more. `asked` is done in between: what brings the process to that place.
   */
  ask(order: FailpointOrder, withinMs: number, over: AbortSignal, asked: () => void = () => {}): Promise<boolean> {
    const turn = (this.#turns.get(order.process) ?? Promise.resolve()).then(() => {
      const happens = this.#ask(order, withinMs, over);
      asked();
      return happens;
    });
    this.#turns.set(
      order.process,
      turn.catch(() => {}),
    );
    return turn;
  }

  async #ask(
    { process: name, point, action, at }: FailpointOrder,
    withinMs: number,
    over: AbortSignal,
  ): Promise<boolean> {
    const file = join(this.folder, name);
    rmSync(`${file}.fired`, { force: true });
    writeFileSync(`${file}.new`, `${point}:${action}@${at}`);
    renameSync(`${file}.new`, file);
    const untilMs = performance.now() + withinMs;
    while (!existsSync(`${file}.fired`)) {
      if (performance.now() > untilMs || over.aborted) {
        rmSync(file, { force: true });
        return existsSync(`${file}.fired`);
      }
      await wait(lookEveryMs);
    }
    return true;
  }
}
