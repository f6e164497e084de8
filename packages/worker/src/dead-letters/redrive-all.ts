/** Redrives many dead letters: in the order of the log, and no faster than a rate, since what failed once may hurt again. */
import { CodedError } from '@eventstream/platform';
import type { DeadLetter, DeadLetterFilter, Decision } from './dead-letters.ts';
import { eachLetter } from './each-letter.ts';
import { groupOf } from './fault-groups.ts';

/** Which letters, how fast, and who wants it why. */
export interface RedriveAll {
  /** Default: those of all consumers. */
  readonly consumer?: string | undefined;
  /** Only those of a fault group, by its name. */
  readonly group?: string | undefined;
  /** At most so many a second. */
  readonly ratePerSecond: number;
  readonly decision: Decision;
  /** Waits so long between two; rejects to end early. */
  readonly wait: (ms: number) => Promise<unknown>;
  /** Told the sum after each one. */
  readonly onRedriven?: (sum: Redriven) => void;
}

/** Where the letters are. `decide` throws `dead_letter_decided` for one that is not open any more. */
interface Letters {
  list(filter: DeadLetterFilter): Promise<readonly DeadLetter[]>;
  decide(id: string, what: 'redrive', decision: Decision): Promise<void>;
}

/** What came of it. */
export interface Redriven {
  readonly redriven: number;
  /** Somebody had decided them meanwhile. */
  readonly passedOver: number;
}

/** Redrives what the request asks for. A letter that fails again is not tried twice: it is open again. */
export async function redriveAll(letters: Letters, request: RedriveAll): Promise<Redriven> {
  const { group, ratePerSecond, decision, wait, onRedriven } = request;
  let sum: Redriven = { redriven: 0, passedOver: 0 };
  for await (const letter of eachLetter(letters, { state: 'open', consumer: request.consumer })) {
    if (group !== undefined && groupOf(letter) !== group) continue;
    if (sum.redriven + sum.passedOver > 0) await wait(1000 / ratePerSecond);
    sum = (await redriveOne(letters, letter.id, decision))
      ? { ...sum, redriven: sum.redriven + 1 }
      : { ...sum, passedOver: sum.passedOver + 1 };
    onRedriven?.(sum);
  }
  return sum;
}

async function redriveOne(letters: Letters, id: string, decision: Decision): Promise<boolean> {
  try {
    await letters.decide(id, 'redrive', decision);
    return true;
  } catch (error) {
    if (error instanceof CodedError && error.code === 'dead_letter_decided') return false;
    throw error;
  }
}
