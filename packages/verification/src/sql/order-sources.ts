/** What ordersdb says: the rows of the read model. */
import type { Sql } from '@eventstream/platform/sql';
import { type OrderRow, orderColumns, toFolded } from '@eventstream/read-model/sql';
import type { RowEvidence } from '../evidence.ts';
import type { Keyed } from '../sorted-cursor.ts';
import { firstUuid, pageRows, pagesByKey, streamOf } from './pages-by-key.ts';

const rowsStatement = {
  name: 'verify-rows',
  text: `select ${orderColumns} from orders where generation = $1 and orderid > $2 order by orderid limit ${pageRows}`,
};

/** The rows of one generation; none when there is none. */
export async function* readRows(
  sql: Sql,
  generation: bigint | undefined,
): AsyncGenerator<readonly Keyed<RowEvidence>[]> {
  if (generation === undefined) return;
  const read = (after: string) => sql.query<OrderRow>(rowsStatement, [generation, after]);
  for await (const rows of pagesByKey(firstUuid, read, (row) => row.orderid)) {
    yield rows.map((row) => ({
      key: streamOf(row.orderid),
      value: { folded: toFolded(row), debitedMinor: row.debited_minor, isStale: row.stale },
    }));
  }
}
