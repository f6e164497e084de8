/** Dry runs in memory. */
import { newId } from '@eventstream/platform';
import type { DeadLetter } from '../dead-letters/dead-letters.ts';
import { type DryRunAnswer, endedProcess } from '../dead-letters/dry-run.ts';
import type { WorkerLedger } from '../ledger.ts';
import { workItemIn } from '../work-item.ts';

/** One that was asked for. */
export interface MemoryDryRun {
  readonly letter: DeadLetter;
  readonly isTaken: boolean;
  readonly answer: DryRunAnswer | undefined;
}

/** Asks for one, and answers its id. */
export function askDryRun(runs: Map<string, MemoryDryRun>, letter: DeadLetter): string {
  const id = newId();
  runs.set(id, { letter, isTaken: false, answer: undefined });
  return id;
}

/** The consumers' side. */
export function dryRunsOf(
  runs: Map<string, MemoryDryRun>,
): Pick<WorkerLedger, 'takeDryRun' | 'answerDryRun' | 'endDryRuns'> {
  return {
    async takeDryRun(consumer) {
      for (const [id, run] of runs) {
        if (run.isTaken || run.letter.consumer !== consumer) continue;
        runs.set(id, { ...run, isTaken: true });
        return { id, work: workItemIn(run.letter) };
      }
      return undefined;
    },
    async answerDryRun(id, answer) {
      const run = runs.get(id);
      if (run !== undefined) runs.set(id, { ...run, answer });
    },
    async endDryRuns(consumer) {
      const left = [...runs].filter(
        ([, { letter, isTaken, answer }]) => letter.consumer === consumer && isTaken && answer === undefined,
      );
      for (const [id, run] of left) runs.set(id, { ...run, answer: endedProcess });
      return left.length;
    },
  };
}
