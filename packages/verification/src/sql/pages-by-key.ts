/** Reads long tables in pages by key, so that nothing grows with the number of rows. */
import { orderId, orderStream } from '@eventstream/contracts';

/** Rows that are read at once, of whatever table. */
export const pageRows = 1_000;

/** All rows behind a key. `read` answers the next `pageRows` rows behind one, in the order of the key. */
export async function* pagesByKey<Row, Key>(
  first: Key,
  read: (after: Key) => Promise<readonly Row[]>,
  keyOf: (row: Row) => Key,
): AsyncGenerator<readonly Row[]> {
  let after = first;
  for (;;) {
    const rows = await read(after);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    if (rows.length < pageRows) return;
    after = keyOf(last);
  }
}

/** Before the first uuid. */
export const firstUuid = '00000000-0000-0000-0000-000000000000';

/** The key of rows that are kept by an order's id. */
export const streamOf = (id: string): string => orderStream(orderId(id));
