/** A database with an empty read model, and a log that cannot be read in one place. */
import type { RecordedEvent } from '@eventstream/contracts';
import type { EventReader } from '@eventstream/event-store';
import { migrate, type Sql } from '@eventstream/platform/sql';
import { testPostgres } from '@eventstream/testing/harness';
import { workerComponent, workerMigrations } from '@eventstream/worker/sql';
import { readModelMigrations } from './migrations.ts';

/** Opens a database of its own with the tables of the read model and of its dead letters. */
export async function emptyReadModel(): Promise<Sql> {
  const sql = (await (await testPostgres()).freshDatabase()).open();
  await migrate(sql, { component: workerComponent, migrations: workerMigrations });
  await migrate(sql, { component: 'read-model', migrations: readModelMigrations });
  return sql;
}

/** A store one of whose events cannot be read. */
export function poisonedAt({ id }: Pick<RecordedEvent, 'id'>, store: EventReader): EventReader {
  const poisoned = <Page extends { readonly events: readonly RecordedEvent[] }>(page: Page): Page => ({
    ...page,
    events: page.events.map((event) => (event.id === id ? { ...event, data: Buffer.from('{') } : event)),
  });
  return {
    head: (of) => store.head(of),
    readLog: async (...asked) => poisoned(await store.readLog(...asked)),
    readStream: async (...asked) => poisoned(await store.readStream(...asked)),
  };
}
