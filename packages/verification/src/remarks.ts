/** What somebody should know though it breaks no promise, in words. */
import type { Remarks, Tally } from './report.ts';

/** One remark: reads as `<count> <says>`. */
export interface Remark extends Tally {
  readonly about: keyof Remarks;
  readonly says: string;
}

/** By what is said of one, and of several. */
const words: Readonly<Record<keyof Remarks, readonly [one: string, several: string]>> = {
  unfinishedOrders: ['order has no end yet', 'orders have no end yet'],
  openIntents: ['payment’s outcome is not in the log yet', 'payments’ outcomes are not in the log yet'],
  staleRows: ['row waits for a redrive', 'rows wait for a redrive'],
  openDeadLetters: ['dead letter is open', 'dead letters are open'],
  stuckVoids: ['void is stuck', 'voids are stuck'],
};

/** Those that count something, in the order in which people should read them. */
export function remarksOf(remarks: Remarks): readonly Remark[] {
  const about = ['unfinishedOrders', 'openIntents', 'staleRows', 'openDeadLetters', 'stuckVoids'] as const;
  return about.flatMap((one) => {
    const { count, first } = remarks[one];
    const [single, several] = words[one];
    return count === 0 ? [] : [{ about: one, says: count === 1 ? single : several, count, first }];
  });
}
