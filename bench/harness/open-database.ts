/** A contender's way to its database. Never closed: its process ends with it. */
import { createLogger, type Logger } from '@eventstream/platform';
import { openSql, type Sql } from '@eventstream/platform/sql';

/** Libraries report trouble through a log; here trouble makes a figure void, and says so itself. */
export const quiet: Logger = createLogger({ service: 'bench', level: 'silent' });

const statementTimeoutMs = 600_000;

/** A pool on this database. */
export function openDatabase(url: string, maxConnections = 2): Sql {
  return openSql({ url, applicationName: 'bench', maxConnections, logger: quiet, statementTimeoutMs });
}
