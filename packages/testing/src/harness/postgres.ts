/**
 * A real PostgreSQL for integration tests: one server per test process, started when first asked for, stopped and
 * removed when the process's tests are over. Each test file takes databases of its own and migrates them itself.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { type LocalPostgres, startPostgres } from '@eventstream/local-servers';
import { createLogger } from '@eventstream/platform';
import { openSql, type Sql } from '@eventstream/platform/sql';

/** A database that nobody else uses. */
export interface TestDatabase {
  readonly name: string;
  /** Address for its owner, the administrator. */
  readonly url: string;
  /** Opens a pool on it, closed when the process's tests are over. Default: 10 connections. */
  open(options?: { readonly maxConnections?: number }): Sql;
}

/** The shared server. */
export interface TestPostgres {
  readonly server: LocalPostgres;
  /** Makes an empty database. Its texts are ordered by their bytes, or as a language (`en`) orders words. */
  readonly freshDatabase: (options?: { readonly language?: string }) => Promise<TestDatabase>;
}

let started: Promise<TestPostgres> | undefined;
const closers: (() => Promise<void>)[] = [];

/** The server of this test process. Call it in a `before` hook or a test; every call answers the same server. */
export function testPostgres(): Promise<TestPostgres> {
  started ??= start();
  return started;
}

after(async () => {
  if (started !== undefined) await Promise.allSettled([started]);
  // Last opened, first closed: pools before the server they talk to.
  for (const close of closers.splice(0).toReversed()) await close();
});

async function start(): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'eventstream-postgres-'));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755); // under root, the server runs as another user, who must get in
  // A test survives no power failure, so it need not wait for the disk.
  const server = await startPostgres({ dataDir: join(folder, 'server'), settings: { fsync: 'off' } });
  closers.push(() => server.stop());
  const logger = createLogger({ service: 'test', level: 'silent' });
  const openPool = (name: string, maxConnections: number): Sql => {
    const sql = openSql({ url: server.url(name), applicationName: 'test', maxConnections, logger });
    closers.push(() => sql.close());
    return sql;
  };
  const admin = openPool('postgres', 2);
  let count = 0;
  const freshDatabase: TestPostgres['freshDatabase'] = async ({ language } = {}) => {
    count += 1;
    const name = `test_${count}`;
    const order = language === undefined ? '' : `template template0 locale_provider icu icu_locale '${language}'`;
    await admin.execute(`create database ${name} ${order}`);
    return { name, url: server.url(name), open: ({ maxConnections = 10 } = {}) => openPool(name, maxConnections) };
  };
  return { server, freshDatabase };
}
