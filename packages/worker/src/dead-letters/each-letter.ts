/** Goes through dead letters, however many there are. */
import type { DeadLetter, DeadLetterDesk, DeadLetterFilter } from './dead-letters.ts';

/** The most letters that one call lists or groups. */
export const lettersListedMax = 1000;

/** All that are wanted, page by page. Each page begins behind the one before, whatever became of that meanwhile. */
export async function* eachLetter(
  letters: Pick<DeadLetterDesk, 'list'>,
  wanted: Omit<DeadLetterFilter, 'after' | 'limit'>,
): AsyncGenerator<DeadLetter> {
  let after: DeadLetter | undefined;
  do {
    const page = await letters.list({ ...wanted, after, limit: lettersListedMax });
    yield* page;
    after = page.at(-1);
  } while (after !== undefined);
}
