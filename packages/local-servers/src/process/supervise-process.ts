/**
 * Runs a program as a child: in a session of its own, output in a bounded log file, started again with backoff when it ends
 * by itself, ended in steps when asked to, and never left behind as an orphan.
 */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { CodedError, messageOf } from '@eventstream/platform';
import { endNotedChild, noteChild, removeChildNote } from './child-note.ts';
import { type OutputLog, openOutputLog } from './output-log.ts';
import { defaultRestartPolicy, defaultRoundMaxMs, type RestartPolicy, restartDelayMs } from './restart-policy.ts';
import { type ChildOptions, type Exit, spawnChild } from './spawn-child.ts';

const pollWhileStartingMs = 50;
const pollWhileNotReadyMs = 500;
const pollWhileRunningMs = 2_000;
const maxExitsBeforeReady = 3;
const maxKillMs = 10_000;
const patienceStepMs = 100;

/** Answer of a readiness probe; `reason` is shown to people. */
export type ProbeAnswer = { ready: true } | { ready: false; reason: string };

/** One step of ending a process: the signal, and how long to wait for its end before the next step. */
export interface StopStep {
  readonly signal: NodeJS.Signals;
  readonly waitMs: number;
}

/** What a supervised process is doing. */
export type ProcessState =
  | { kind: 'preparing' }
  | { kind: 'starting'; pid: number }
  | { kind: 'ready'; pid: number }
  | { kind: 'notReady'; pid: number; reason: string }
  | { kind: 'exited'; code: number | null; signal: NodeJS.Signals | null; restartInMs: number; lastOutput: string }
  | { kind: 'failed'; reason: string; lastOutput: string }
  | { kind: 'stopped' };

/** How to run and watch one process. */
export interface SuperviseOptions extends ChildOptions {
  readonly name: string;
  /** Rotated log file of stdout and stderr; without it only the last lines are kept, in memory. */
  readonly logFile?: string | undefined;
  /** Remembers the child on disk, so that one left behind by an earlier supervisor is ended before a new one starts. */
  readonly pidFile?: string;
  /** Asked until it says ready, and every 2 s from then on. Without it the process is ready as soon as it runs. */
  readonly probe?: () => Promise<ProbeAnswer>;
  /** Runs before every start; clears away what a crash left, for example. */
  readonly beforeStart?: () => Promise<void>;
  /** Told of every change of state. */
  readonly onState?: ((state: ProcessState) => void) | undefined;
  /** `'never'`: an exit is final. Default: 0.25 s doubling to 15 s, and back to 0.25 s after 30 s of running. */
  readonly restart?: RestartPolicy | 'never';
  /** Default: SIGTERM, 10 s, then SIGKILL. SIGKILL follows the last step in any case. */
  readonly stopSteps?: readonly StopStep[];
  /** Exit codes that say another try won't help, before the process was ever ready. */
  readonly hopelessExitCodes?: readonly number[];
}

/** Starts the process and watches over it until `stop()`. */
export function superviseProcess(options: SuperviseOptions): SupervisedProcess {
  const supervised = new SupervisedProcess(options);
  supervised.start();
  return supervised;
}

/** A process under supervision. */
export class SupervisedProcess {
  readonly name: string;
  readonly #options: SuperviseOptions;
  readonly #log: OutputLog;
  readonly #stopping = new AbortController();
  readonly #watchers = new Set<(state: ProcessState) => void>();
  #child: ChildProcess | undefined;
  #state: ProcessState = { kind: 'preparing' };
  #running: Promise<void> = Promise.resolve();
  #restarts = 0;

  constructor(options: SuperviseOptions) {
    this.name = options.name;
    this.#options = options;
    this.#log = openOutputLog(options.logFile);
  }

  get state(): ProcessState {
    return this.#state;
  }

  /** Number of the child that runs now; undefined between two runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** How often the process ended by itself and was started again. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Begins to run the process. Called once, by `superviseProcess`. */
  start(): void {
    this.#running = this.#runUntilStopped();
  }

  /** Resolves when the process is ready; throws `process_not_ready` with its last output when it gives up or `timeoutMs` pass. */
  async ready(timeoutMs: number): Promise<void> {
    const state = await this.#until(
      ({ kind }) => kind === 'ready' || kind === 'failed' || kind === 'stopped',
      timeoutMs,
    );
    if (state.kind !== 'ready') throw notReady(this.name, state, this.#log.tail());
  }

  /**
   * The first state from now on for which `settled` holds, or the one after `timeoutMs`. They are counted in steps: while
   * this process stands still (SIGSTOP, a machine that sleeps) it sees nothing of the child, so that is one step, however long.
   */
  #until(settled: (state: ProcessState) => boolean, timeoutMs: number): Promise<ProcessState> {
    return new Promise((resolve) => {
      let leftMs = timeoutMs;
      const finish = (state: ProcessState) => {
        clearInterval(timer);
        this.#watchers.delete(check);
        resolve(state);
      };
      const check = (state: ProcessState) => {
        if (settled(state)) finish(state);
      };
      const timer = setInterval(() => {
        leftMs -= patienceStepMs;
        if (leftMs <= 0) finish(this.#state);
      }, patienceStepMs);
      this.#watchers.add(check);
      check(this.#state);
    });
  }

  /**
   * Ends the process for good and resolves when it's gone. `steps` replace the usual ones. Called again it waits for the same end.
   */
  async stop(
    steps: readonly StopStep[] = this.#options.stopSteps ?? [{ signal: 'SIGTERM', waitMs: 10_000 }],
  ): Promise<void> {
    this.#stopping.abort();
    for (const { signal, waitMs } of steps) {
      this.#child?.kill(signal);
      if (await this.#endsWithin(waitMs)) return;
    }
    await this.kill();
    await this.#running;
  }

  /** SIGKILL, as a crash; resolves when this run is over. It's started again unless `restart` is `'never'`. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL'); // with everything in its group
    } catch {
      child.kill('SIGKILL');
    }
    await this.#until(() => this.#child !== child, maxKillMs);
  }

  async #endsWithin(waitMs: number): Promise<boolean> {
    const timer = new AbortController();
    const ended = await Promise.race([
      this.#running.then(() => true),
      delay(waitMs, false, { signal: timer.signal }).catch(() => false),
    ]);
    timer.abort();
    return ended;
  }

  async #runUntilStopped(): Promise<void> {
    const { restart: policy = defaultRestartPolicy, pidFile, hopelessExitCodes = [] } = this.#options;
    let exitsInARow = 0;
    let wasReady = false;
    try {
      if (pidFile !== undefined) await endNotedChild(pidFile);
      while (!this.#stopping.signal.aborted) {
        const run = await this.#runOnce();
        if (this.#stopping.signal.aborted) break;
        wasReady ||= run.wasReady;
        exitsInARow = policy !== 'never' && run.lastedMs >= policy.stableMs ? 1 : exitsInARow + 1;
        const isHopeless = run.code !== null && hopelessExitCodes.includes(run.code);
        if (policy === 'never' || (!wasReady && (isHopeless || exitsInARow >= maxExitsBeforeReady))) {
          return this.#become({ kind: 'failed', reason: run.reason, lastOutput: this.#log.tail() });
        }
        const restartInMs = restartDelayMs(exitsInARow, policy, Math.random());
        this.#become({ kind: 'exited', code: run.code, signal: run.signal, restartInMs, lastOutput: this.#log.tail() });
        this.#restarts += 1;
        await delay(restartInMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      }
      this.#become({ kind: 'stopped' });
    } catch (error) {
      this.#become({ kind: 'failed', reason: String(error), lastOutput: this.#log.tail() });
    } finally {
      if (pidFile !== undefined) removeChildNote(pidFile);
      await this.#log.close();
    }
  }

  async #runOnce(): Promise<Run> {
    await this.#options.beforeStart?.();
    const startedAtMs = performance.now();
    this.#log.beginRun();
    const { child, gone } = spawnChild(this.#options, this.#log);
    if (child.pid === undefined) return { ...(await gone), wasReady: false, lastedMs: 0 };
    this.#child = child;
    this.#become({ kind: 'starting', pid: child.pid });
    if (this.#options.pidFile !== undefined) noteChild(this.#options.pidFile, child.pid);
    const watching = new AbortController();
    const watched = this.#watchReadiness(child.pid, watching.signal);
    // `stop()` may have been called while `beforeStart` was at work, when there was no child yet to signal.
    if (this.#stopping.signal.aborted) child.kill('SIGTERM');
    const exit = await gone;
    watching.abort();
    this.#child = undefined;
    return { ...exit, wasReady: await watched, lastedMs: performance.now() - startedAtMs };
  }

  /** Reports readiness until `signal`; the result says whether the process was ever ready. */
  async #watchReadiness(pid: number, signal: AbortSignal): Promise<boolean> {
    const probe = this.#options.probe ?? (async (): Promise<ProbeAnswer> => ({ ready: true }));
    const { restart = defaultRestartPolicy } = this.#options;
    const { unreadyMaxMs = Number.POSITIVE_INFINITY, roundMaxMs = defaultRoundMaxMs } =
      restart === 'never' ? {} : restart;
    let wasReady = false;
    let silentMs = 0;
    let roundEndedAtMs = performance.now();
    while (!signal.aborted) {
      const answer = await probe().catch(
        (error: unknown): ProbeAnswer => ({ ready: false, reason: whyNoAnswer(error) }),
      );
      if (signal.aborted || this.#stopping.signal.aborted) break;
      silentMs = answer.ready ? 0 : silentMs + Math.min(roundMaxMs, performance.now() - roundEndedAtMs);
      roundEndedAtMs = performance.now();
      if (answer.ready) {
        wasReady = true;
        if (this.#state.kind !== 'ready') this.#become({ kind: 'ready', pid });
      } else if (wasReady && !(this.#state.kind === 'notReady' && this.#state.reason === answer.reason)) {
        this.#become({ kind: 'notReady', pid, reason: answer.reason });
      }
      // A process can hang for ever and look alive; one that is only slow gets its time.
      if (wasReady && silentMs > unreadyMaxMs) void this.kill();
      const pauseMs = answer.ready ? pollWhileRunningMs : wasReady ? pollWhileNotReadyMs : pollWhileStartingMs;
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
    return wasReady;
  }

  #become(state: ProcessState): void {
    this.#state = state;
    try {
      this.#options.onState?.(state);
    } catch (error) {
      // Who is only told must not end the watch: the process would never be started again.
      process.stderr.write(`${this.name}: telling that it is ${state.kind} failed: ${messageOf(error)}\n`);
    }
    for (const watcher of this.#watchers) watcher(state);
  }
}

interface Run extends Exit {
  readonly wasReady: boolean;
  readonly lastedMs: number;
}

function notReady(name: string, state: ProcessState, lastOutput: string): CodedError {
  const reason = state.kind === 'failed' || state.kind === 'notReady' ? state.reason : `is ${state.kind}`;
  return new CodedError('process_not_ready', `${name} did not get ready: ${reason}\n${lastOutput}`, {
    details: { name, state: state.kind },
    nextStep: 'Its last output is above; the whole of it is in its log file.',
  });
}

/** In words for people: fetch says of its own time limit that an operation was aborted. */
function whyNoAnswer(error: unknown): string {
  return error instanceof Error && error.name === 'TimeoutError' ? 'no answer in time' : messageOf(error);
}
