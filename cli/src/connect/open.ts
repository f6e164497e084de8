/** Opens what a command talks to and closes it when the command is over, however it ends. */
import type { EventStore } from '@eventstream/event-store';
import { grpcEventStore } from '@eventstream/event-store/grpc';
import { createLogger, type Logger } from '@eventstream/platform';
import { openSql, type Sql } from '@eventstream/platform/sql';
import type { DatabaseName } from '../up/services.ts';
import type { CommandRole, SystemAddresses } from './system-addresses.ts';

/** Long statements of a verification are slow on purpose; anything slower than this hangs. */
const statementTimeoutMs = 120_000;

/** What was opened so far, by one command. */
export interface Connections {
  sql(database: DatabaseName, role: CommandRole): Sql;
  eventStore(): EventStore;
  /** To be closed with the rest; last opened, first closed. */
  closeLater(close: () => Promise<void>): void;
}

/** For the libraries: a command speaks through its own lines, and what goes wrong comes to it as an error. */
export const quietLogger: Logger = createLogger({ service: 'cli', level: 'silent' });

/** Runs the command's work and closes everything it opened. */
export async function withConnections<T>(
  addresses: SystemAddresses,
  work: (connections: Connections) => Promise<T>,
): Promise<T> {
  const closers: (() => Promise<void>)[] = [];
  const connections: Connections = {
    sql(database, role) {
      const url = addresses.databaseUrl(database, role);
      const sql = openSql({
        url,
        applicationName: 'eventstream',
        maxConnections: 4,
        logger: quietLogger,
        statementTimeoutMs,
      });
      closers.push(() => sql.close());
      return sql;
    },
    eventStore() {
      const store = grpcEventStore({ address: addresses.eventstoreAddress(), logger: quietLogger });
      closers.push(() => store.close());
      return store;
    },
    closeLater: (close) => closers.push(close),
  };
  try {
    return await work(connections);
  } finally {
    for (const close of closers.toReversed()) await close();
  }
}
