/**
 * Takes the machine away from the product while a world runs: its clock, its timers and its chance. Whatever reaches for
 * them gets an error that names the leak, so a world that runs at all depends on its seed alone.
 */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

/** Something in the product asked the machine instead of what it was given. */
export class MachineLeak extends Error {
  readonly code = 'sim_machine_leak';

  constructor(what: string) {
    super(`[sim_machine_leak] ${what} was asked for inside a simulated world: pass it in as a port`);
    this.name = 'MachineLeak';
  }
}

/** While a world runs. Worlds of one thread run one after another, and nothing runs between the steps of one. */
let isTakenAway = false;

/** The same function, outside of worlds. */
function guarded<Args extends readonly unknown[], Answer>(
  what: string,
  own: (...args: Args) => Answer,
): (...args: Args) => Answer {
  return (...args) => {
    if (isTakenAway) throw new MachineLeak(what);
    return own(...args);
  };
}

Date.now = guarded('Date.now', Date.now);
Math.random = guarded('Math.random', Math.random);
Object.assign(performance, { now: guarded('performance.now', performance.now.bind(performance)) });
Object.assign(globalThis, {
  setTimeout: guarded('setTimeout', setTimeout),
  setInterval: guarded('setInterval', setInterval),
  setImmediate: guarded('setImmediate', setImmediate),
});
Object.assign(crypto, {
  randomUUID: guarded('randomUUID', crypto.randomUUID),
  randomFillSync: guarded('randomFillSync', crypto.randomFillSync.bind(crypto)),
});
syncBuiltinESMExports();

/** Runs a world without a machine. */
export async function withoutMachine<T>(run: () => Promise<T>): Promise<T> {
  isTakenAway = true;
  try {
    return await run();
  } finally {
    isTakenAway = false;
  }
}
