/** Runs many worlds on all cores: a pool of threads, each given the next portion when it has answered the last. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { SafeguardName } from '../faults/safeguards.ts';
import { noWorlds, type Portion, type PortionResult, together } from './portion.ts';

/** Which worlds, and how. */
export interface RunOptions {
  readonly from: number;
  readonly worlds: number;
  readonly lacks?: SafeguardName | undefined;
  /** Default: one for each core. */
  readonly threads?: number;
  /** Called after each portion. */
  readonly onProgress?: (done: number, of: number) => void;
}

/** Worlds given to a thread at once: enough to keep it busy, few enough to show how far it is. */
const portionWorlds = 20;
/** The run ends as soon as so many worlds have broken. */
const brokenMax = 10;
/** A world takes milliseconds; a thread that is silent for so long hangs. */
const silentMsMax = 120_000;

/** Runs them. Rejects when a thread ends or hangs, naming the worlds it was at. */
export async function runWorlds(options: RunOptions): Promise<PortionResult> {
  const { from, worlds, lacks, threads = availableParallelism(), onProgress } = options;
  let next = from;
  let total = noWorlds;
  const take = (): Portion | undefined => {
    const count = Math.min(portionWorlds, from + worlds - next);
    if (count <= 0 || total.brokenWorlds.length >= brokenMax) return undefined;
    const portion = { from: next, count, lacks };
    next += count;
    return portion;
  };
  const work = async (): Promise<void> => {
    const thread = new Worker(new URL('./thread.ts', import.meta.url));
    try {
      for (let portion = take(); portion !== undefined; portion = take()) {
        const result = await ask(thread, portion);
        total = together(total, result);
        onProgress?.(total.worlds, worlds);
      }
    } finally {
      await thread.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(threads, Math.ceil(worlds / portionWorlds)) }, work));
  return total;
}

function ask(thread: Worker, portion: Portion): Promise<PortionResult> {
  const where = `worlds ${portion.from} to ${portion.from + portion.count - 1}`;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => settle(() => reject(new Error(`${where}: no answer in ${silentMsMax} ms`))),
      silentMsMax,
    );
    const answered = (result: PortionResult): void => settle(() => resolve(result));
    const failed = (error: unknown): void =>
      settle(() => reject(new Error(`${where}: ${String(error)}`, { cause: error })));
    function settle(how: () => void): void {
      clearTimeout(timer);
      thread.off('message', answered);
      thread.off('error', failed);
      how();
    }
    thread.on('message', answered);
    thread.on('error', failed);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
    thread.postMessage(portion);
  });
}
