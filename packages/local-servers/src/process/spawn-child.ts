/** Starts a child in a session of its own, tied to the life of this process, with its output collected. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { OutputLog } from './output-log.ts';
import { endWithParent } from './parent-death.ts';
import { stepBack } from './step-back.ts';

/** How to start a child. */
export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment of the child; nothing is inherited unasked. */
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Run as this user (only root can). */
  readonly uid?: number;
  readonly gid?: number;
  /** Signal that the child gets when this process dies (Linux). Default TERM. */
  readonly parentDeathSignal?: 'TERM' | 'INT';
  /** Niceness, 1 to 19: how far the child lets others go first at the processors. Default: not at all. */
  readonly niceness?: number;
  /** Opens Node's channel to the child, whose closing tells a program built on `runProcess` that we are gone (any system). */
  readonly channel?: boolean;
}

/** How a run ended. Both are null when it never began. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly reason: string;
}

/** Starts the child. `gone` resolves when it has ended and its output is read, or when it couldn't be started at all. */
export function spawnChild(options: ChildOptions, log: OutputLog): { child: ChildProcess; gone: Promise<Exit> } {
  const { command, args, env, cwd, uid, gid, parentDeathSignal, niceness, channel } = options;
  const [file, fileArgs] = endWithParent(parentDeathSignal ?? 'TERM', command, args);
  const child = spawn(file, fileArgs, {
    env: channel === true ? { ...env, EVENTSTREAM_SUPERVISED: '1' } : env,
    cwd,
    uid,
    gid,
    detached: true, // a session of its own: Ctrl-C in the terminal is for the supervisor alone, which ends children in order
    stdio: ['ignore', 'pipe', 'pipe', ...(channel === true ? (['ipc'] as const) : [])],
  });
  if (niceness !== undefined && child.pid !== undefined) void stepBack(child.pid, niceness);
  if (child.stdout !== null) log.collect(child.stdout);
  if (child.stderr !== null) log.collect(child.stderr);
  return { child, gone: exitOf(child) };
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, reason: error.message }));
    child.once('exit', (code, signal) => {
      const reason = signal === null ? `exited with code ${code}` : `ended by ${signal}`;
      const finish = () => resolve({ code, signal, reason });
      const timer = setTimeout(finish, 500); // a grandchild may hold the output open: don't wait for it for ever
      child.once('close', () => {
        clearTimeout(timer);
        finish();
      });
    });
  });
}
