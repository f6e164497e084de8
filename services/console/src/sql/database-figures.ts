/** What the SQL server says of our databases. PostgreSQL's own statistics; on another server the figures are missing. */
import { messageOf } from '@eventstream/platform';
import type { Sql } from '@eventstream/platform/sql';
import type { DatabaseHealth } from '../api/health.ts';

interface Row {
  readonly name: string;
  readonly size: bigint | null;
  readonly connections: number;
  readonly commits: bigint;
  readonly rollbacks: bigint;
  readonly hits: bigint;
  readonly reads: bigint;
}

const ours = ['eventstoredb', 'ordersdb', 'workersdb', 'gatewaydb'];

/** A line for each database. Never rejects. */
export async function databaseFigures(sql: Sql): Promise<readonly DatabaseHealth[]> {
  try {
    const rows = await sql.query<Row>(
      `select datname as name, pg_database_size(datname) as size, numbackends as connections, xact_commit as commits,
         xact_rollback as rollbacks, blks_hit as hits, blks_read as reads
       from pg_stat_database where datname = any($1::text[])`,
      [ours],
    );
    const byName = new Map(rows.map((row) => [row.name, row]));
    return ours.map((name) => toFigures(name, byName.get(name)));
  } catch (error) {
    const trouble = { says: `The server does not tell its figures: ${messageOf(error)}.`, nextStep: null };
    return ours.map((name) => ({ ...toFigures(name, undefined), trouble }));
  }
}

function toFigures(name: string, row: Row | undefined): DatabaseHealth {
  const blocks = row === undefined ? 0 : Number(row.hits + row.reads);
  return {
    name,
    sizeBytes: row?.size === undefined || row.size === null ? null : Number(row.size),
    connections: row?.connections ?? null,
    commits: row === undefined ? null : Number(row.commits),
    rollbacks: row === undefined ? null : Number(row.rollbacks),
    cacheHits: row === undefined || blocks === 0 ? null : Number(row.hits) / blocks,
    trouble: null,
  };
}
