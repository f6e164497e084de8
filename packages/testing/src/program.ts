/** One of our programs as a process of its own: started, waited for, and ended with the test. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** A program that serves. */
export interface RunningProgram {
  readonly child: ChildProcess;
  readonly healthPort: number;
}

/** Whatever is over some time, such as a test. */
interface Surroundings {
  after(end: () => Promise<unknown>): void;
}

/** Starts a program and waits until it says that it serves. It is killed when its surroundings are over. */
export async function startProgram(
  surroundings: Surroundings,
  file: string,
  environment: Readonly<Record<string, string>>,
): Promise<RunningProgram> {
  const child = fork(file, {
    env: { PATH: process.env['PATH'], LOG_LEVEL: 'error', HEALTH_PORT: '0', ...environment },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  surroundings.after(() => endProgram(child, 'SIGKILL'));
  const endedEarly = once(child, 'exit').then(([code]) => {
    throw new Error(`${file} ended with ${code} before it served`);
  });
  const [message] = await Promise.race([once(child, 'message'), endedEarly]);
  return { child, healthPort: message.healthPort };
}

/** Ends the process, if it has not ended; its exit code. */
export async function endProgram(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
  return child.exitCode;
}
