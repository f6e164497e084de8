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
import { openSql, type Sql, type SqlOptions } from '@eventstream/platform/sql';
import { type FaultProxy, openFaultProxy } from '../fault-proxy/index.ts';

/** What a test may choose of a pool. Default: 10 connections. */
type TestPool = Partial<Pick<SqlOptions, 'maxConnections' | 'maxWaiting' | 'statementTimeoutMs'>>;

/** A database that nobody else uses. */
export interface TestDatabase {
  readonly name: string;
  /** Address for its owner, the administrator. */
  readonly url: string;
  /** Opens a pool on it, closed when the process's tests are over. */
  open(options?: TestPool): Sql;
  /** The same by way of a link that the proxy can break. */
  openBreakable(options?: TestPool): Promise<{ readonly sql: Sql; readonly proxy: FaultProxy }>;
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
  const openPool = (url: string, options: TestPool = {}): Sql => {
    const sql = openSql({ url, applicationName: 'test', maxConnections: 10, logger, ...options });
    closers.push(() => sql.close());
    return sql;
  };
  const openBreakable = async (direct: string, options?: TestPool) => {
    const url = new URL(direct);
    const proxy = await openFaultProxy({ targetPort: Number(url.port), random: () => 0 });
    closers.push(() => proxy.close());
    url.port = String(proxy.port);
    return { sql: openPool(url.href, options), proxy };
  };
  const admin = openPool(server.url('postgres'), { maxConnections: 2 });
  let count = 0;
  const freshDatabase: TestPostgres['freshDatabase'] = async ({ language } = {}) => {
    count += 1;
    const name = `test_${count}`;
    const order = language === undefined ? '' : `template template0 locale_provider icu icu_locale '${language}'`;
    await admin.execute(`create database ${name} ${order}`);
    const url = server.url(name);
    return {
      name,
      url,
      open: (options) => openPool(url, options),
      openBreakable: (options) => openBreakable(url, options),
    };
  };
  return { server, freshDatabase };
}
