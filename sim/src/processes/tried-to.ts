/** Up to where a consumer has tried all of its work, asked of the ledger in memory as `readTried` asks the one in SQL. */
import { ordersLog, type Position, position } from '@eventstream/contracts';
import type { DeadLetter } from '@eventstream/worker';
import type { Databases } from '../world/databases.ts';

const lettersMax = 1_000;

/** Undefined when it has never worked. */
export async function triedTo({ ledger }: Databases, consumer: string): Promise<Position | undefined> {
  const mark = await ledger.ledger.loadMark(consumer, ordersLog);
  if (mark === undefined) return undefined;
  const letters = await ledger.desk.list({ consumer, limit: lettersMax });
  const untried = ledger
    .waiting()
    .filter((row) => row.consumer === consumer && row.failures === 0)
    .filter(
      (row) =>
        !letters.some((letter) => isOpen(letter) && letter.stream === row.stream && letter.position <= row.position),
    )
    .map((row) => row.position - 1);
  return position(Math.min(mark.position, ...untried));
}

function isOpen({ state }: DeadLetter): boolean {
  return state === 'open' || state === 'redriveRequested';
}
