/**
 * Takes the machine away from the product while a world runs: its clock, its timers and its chance. Whatever reaches for
 * them gets an error that names the leak, so a world that runs at all depends on its seed alone.
 */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

const own = {
  now: Date.now,
  random: Math.random,
  setTimeout: globalThis.setTimeout,
  setInterval: globalThis.setInterval,
  setImmediate: globalThis.setImmediate,
  performanceNow: performance.now.bind(performance),
  randomUuid: crypto.randomUUID,
  randomFill: crypto.randomFillSync,
};

/** Something in the product asked the machine instead of what it was given. */
export class MachineLeak extends Error {
  readonly code = 'sim/machine-leak';

  constructor(what: string) {
    super(`[sim/machine-leak] ${what} was asked for inside a simulated world: pass it in as a port`);
    this.name = 'MachineLeak';
  }
}

const refuse = (what: string) => (): never => {
  throw new MachineLeak(what);
};

/** Runs a world without a machine. */
export async function withoutMachine<T>(run: () => Promise<T>): Promise<T> {
  Object.assign(globalThis, {
    setTimeout: refuse('setTimeout'),
    setInterval: refuse('setInterval'),
    setImmediate: refuse('setImmediate'),
  });
  Date.now = refuse('Date.now');
  Math.random = refuse('Math.random');
  Object.assign(performance, { now: refuse('performance.now') });
  Object.assign(crypto, { randomUUID: refuse('randomUUID'), randomFillSync: refuse('randomFillSync') });
  syncBuiltinESMExports();
  try {
    return await run();
  } finally {
    const { setTimeout, setInterval, setImmediate } = own;
    Object.assign(globalThis, { setTimeout, setInterval, setImmediate });
    Date.now = own.now;
    Math.random = own.random;
    Object.assign(performance, { now: own.performanceNow });
    Object.assign(crypto, { randomUUID: own.randomUuid, randomFillSync: own.randomFill });
    syncBuiltinESMExports();
  }
}
