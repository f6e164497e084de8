/** Whether a database can keep every text that an order or an event may have. */
import { CodedError } from '@eventstream/platform';
import type { Dialect, Sql } from '@eventstream/platform/sql';

/**
 * How a new database keeps text, whatever its server was made with. On PostgreSQL only that template leaves the choice;
 * CockroachDB documents no templates.
 */
export const anyText: Readonly<Record<Dialect, string>> = {
  postgres: "template = template0 encoding = 'UTF8'",
  cockroachdb: "encoding = 'UTF8'",
};

/**
 * @throws CodedError `database_encoding`. The first customer with a letter that the encoding lacks would stop the read
 * model, for all orders.
 */
export async function refuseOtherEncodings(sql: Sql, database: string): Promise<void> {
  const [row] = await sql.query<{ server_encoding: string }>('show server_encoding');
  const encoding = row?.server_encoding ?? 'unknown';
  if (/^utf-?8$/i.test(encoding)) return;
  throw new CodedError(
    'database_encoding',
    `database ${database} keeps text as ${encoding}, which has not every letter`,
    {
      details: { database, encoding },
      nextStep: `remove it if it is empty, and it is made anew; otherwise move it into one made with ${anyText[sql.dialect]}`,
    },
  );
}
