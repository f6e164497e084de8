/** The real PostgreSQL of a run: stopped, killed, started again, and changed from behind by its administrator. */
import { type LocalPostgres, startPostgres } from '@eventstream/local-servers';
import { createLogger } from '@eventstream/platform';
import { openSql, type Sql } from '@eventstream/platform/sql';

/** Where it lives. */
export interface PostgresPlace {
  readonly dataDir: string;
  readonly port: number;
  readonly logFile: string;
  readonly settings: Readonly<Record<string, string | number>>;
}

/** Databases that a run looks into or breaks. */
export type Database = 'eventstoredb' | 'ordersdb' | 'workersdb' | 'gatewaydb';

const restart = { firstMs: 200, maxMs: 2_000, stableMs: 30_000 };
const silent = createLogger({ service: 'chaos', level: 'silent' });

/** Starts it; it comes back by itself when it dies. */
export async function openPostgres(place: PostgresPlace): Promise<Postgres> {
  return new Postgres(place, await startPostgres({ ...place, restart }));
}

/** The server. */
export class Postgres {
  readonly #place: PostgresPlace;
  #server: LocalPostgres;

  constructor(place: PostgresPlace, server: LocalPostgres) {
    this.#place = place;
    this.#server = server;
  }

  get port(): number {
    return this.#place.port;
  }

  /** The administrator's address of a database, on this port instead of the server's own. */
  urlAt(port: number, database: string): string {
    const url = new URL(this.#server.url(database));
    url.port = String(port);
    return url.href;
  }

  /** Stops it in this way, and starts it again after a while. */
  async restart(mode: 'fast' | 'immediate', downMs: () => Promise<void>): Promise<void> {
    await this.#server.stop(mode);
    await downMs();
    this.#server = await startPostgres({ ...this.#place, restart });
  }

  /** kill -9 of all of it; it comes back by itself. */
  async kill(): Promise<void> {
    await this.#server.process.kill();
  }

  /** Resolves when it answers. */
  async ready(): Promise<void> {
    await this.#server.process.ready(60_000);
  }

  async stop(): Promise<void> {
    await this.#server.stop();
  }

  /** Does it as the administrator, past every proxy. */
  async asAdmin<Result>(database: Database | 'postgres', work: (sql: Sql) => Promise<Result>): Promise<Result> {
    const url = this.#server.url(database);
    const sql = openSql({ url, applicationName: 'chaos', maxConnections: 1, logger: silent });
    try {
      return await work(sql);
    } finally {
      await sql.close();
    }
  }
}
