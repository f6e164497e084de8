/** The system under test: the whole of it, as `npm start` starts it, as a process of its own. */
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type ProbeAnswer, runToEnd, type SupervisedProcess, superviseProcess } from '@eventstream/local-servers';
import { choosePorts, type Ports } from '../../cli/src/up/ports.ts';
import { findRunningSystem, type RunningPart, type RunningSystem } from '../../cli/src/up/running-system.ts';
import { servicePlans } from '../../cli/src/up/services.ts';

const root = join(import.meta.dirname, '..', '..');
const program = ['--disable-warning=ExperimentalWarning', join(root, 'cli', 'src', 'main.ts')];
const startWithinMs = 120_000;
const lookEveryMs = 100;

/** How it is started. */
export interface SystemPlace {
  readonly dataDir: string;
  readonly ports: Ports;
  /** Over this process's own environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** Free ports for all of it. */
export function freePorts(): Promise<Ports> {
  return choosePorts('auto', []);
}

/** Starts it, and resolves when every service is ready. */
export async function openSystem(place: SystemPlace): Promise<System> {
  const system = new System(place);
  await system.ready(startWithinMs);
  return system;
}

/** The system. */
export class System {
  readonly #dataDir: string;
  readonly #up: SupervisedProcess;

  constructor({ dataDir, ports, env }: SystemPlace) {
    this.#dataDir = dataDir;
    const chosen = Object.entries(ports).map(([name, port]) => `${name}=${port}`);
    this.#up = superviseProcess({
      name: 'eventstream up',
      command: process.execPath,
      args: [...program, 'up', '--data-dir', dataDir, '--ports', chosen.join(',')],
      env: { ...process.env, ...env },
      cwd: root,
      logFile: join(dataDir, 'up.log'),
      probe: async () => this.#probe(),
      restart: 'never',
      stopSteps: [{ signal: 'SIGTERM', waitMs: 30_000 }],
    });
  }

  /** What runs, as its supervisor knows it. */
  get running(): RunningSystem {
    const running = findRunningSystem(this.#dataDir);
    if (running === undefined) throw new Error('the system does not run');
    return running;
  }

  /** Number of a service's process; undefined while it is down. */
  pidOf(service: string): number | undefined {
    return this.#part(service)?.pid;
  }

  /** Resolves when every service is ready; throws what is not when that takes too long. */
  async ready(withinMs: number): Promise<void> {
    await this.#up.ready(withinMs);
    const untilMs = performance.now() + withinMs;
    for (;;) {
      const waiting = this.running.parts.filter(({ state }) => state !== 'ready');
      if (waiting.length === 0) return;
      if (performance.now() > untilMs) {
        const why = waiting.map(({ name, state, reason = '' }) => `${name} is ${state} ${reason}`.trim());
        throw new Error(`not everything is ready: ${why.join('; ')}`);
      }
      await wait(lookEveryMs);
    }
  }

  /** Runs a command of the command line on it. */
  command(args: readonly string[], options: { readonly logFile: string; readonly signal: AbortSignal }) {
    return runToEnd({
      command: process.execPath,
      args: [...program, ...args, '--data-dir', this.#dataDir],
      env: process.env,
      cwd: root,
      ...options,
    });
  }

  async stop(): Promise<void> {
    await this.#up.stop();
  }

  #part(service: string): RunningPart | undefined {
    return this.running.parts.find(({ name }) => name === service);
  }

  #probe(): ProbeAnswer {
    const services = findRunningSystem(this.#dataDir)?.parts.filter(({ healthUrl }) => healthUrl !== undefined) ?? [];
    const isUp = services.length === servicePlans.length && services.every(({ state }) => state === 'ready');
    return isUp ? { ready: true } : { ready: false, reason: 'is starting' };
  }
}
