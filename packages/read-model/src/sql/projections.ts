/**
 * Generations of a projection: one is live, one may be building, older ones are retired.
 * The row of a generation is also its checkpoint, moved by the statement that writes its rows.
 */
import { type Incarnation, incarnation, type Position, position } from '@eventstream/contracts';
import { CodedError } from '@eventstream/platform';
import type { Sql, SqlSession } from '@eventstream/platform/sql';
import { resolveMended } from './parked-letters.ts';

/** The projection of orders. */
export const projectionName = 'orders';

/** One generation. */
export interface Generation {
  readonly generation: bigint;
  readonly position: Position;
  readonly incarnation: Incarnation | undefined;
}

interface GenerationRow {
  readonly generation: bigint;
  readonly position: bigint;
  readonly incarnation: string | null;
}

function toGeneration(row: GenerationRow): Generation {
  return {
    generation: row.generation,
    position: position(row.position),
    incarnation: row.incarnation === null ? undefined : incarnation(row.incarnation),
  };
}

/** The live generation, or undefined before the projector has run for the first time. Only reads. */
export async function findLiveGeneration(sql: SqlSession): Promise<Generation | undefined> {
  const [row] = await sql.query<GenerationRow>(
    `select generation, position, incarnation from projections where name = $1 and state = 'live'`,
    [projectionName],
  );
  return row && toGeneration(row);
}

/** The live generation, made empty if there is none yet. */
export async function liveGeneration(sql: Sql): Promise<Generation> {
  for (;;) {
    const found = await findLiveGeneration(sql);
    if (found) return found;
    await sql.execute(
      `insert into projections (name, generation, state, position) values ($1, 1, 'live', 0)
       on conflict (name, generation) do nothing`,
      [projectionName],
    );
  }
}

/** Begins a new generation beside the live one, discarding one that somebody began and did not finish. */
export async function beginGeneration(sql: Sql): Promise<Generation> {
  return sql.transaction(async (tx) => {
    await tx.query('select generation from projections where name = $1 for update', [projectionName]);
    await tx.execute(
      `update projections set state = 'retired', changed_at = now() where name = $1 and state = 'building'`,
      [projectionName],
    );
    const rows = await tx.query<GenerationRow>(
      `insert into projections (name, generation, state, position)
       select $1::text, coalesce(max(generation), 0) + 1, 'building', 0 from projections where name = $1::text
       returning generation, position, incarnation`,
      [projectionName],
    );
    const row = rows[0];
    if (!row) throw new CodedError('read_model_no_generation', 'a new generation was inserted and is not there');
    return toGeneration(row);
  });
}

/**
 * Locks a generation's row, and so its checkpoint, until the transaction ends. Undefined: a rebuild has taken its
 * place.
 */
export async function holdGeneration(tx: SqlSession, generation: bigint): Promise<Generation | undefined> {
  const [row] = await tx.query<GenerationRow>(
    `select generation, position, incarnation from projections
     where name = $1 and generation = $2 and state <> 'retired' for update`,
    [projectionName, generation],
  );
  return row && toGeneration(row);
}

/**
 * Makes a built generation the live one, in one transaction and only forwards: never while it is behind the live one,
 * and then the answer is false.
 * Positions of another life of the log are not compared: whatever was built replaces what that life has left.
 * Dead letters of orders that could be folded this time are resolved with it.
 */
export async function swapGeneration(sql: Sql, built: bigint): Promise<boolean> {
  return sql.transaction(async (tx) => {
    const rows = await tx.query<GenerationRow & { state: string }>(
      'select generation, position, incarnation, state from projections where name = $1 order by generation for update',
      [projectionName],
    );
    const before = rows.find((row) => row.state === 'live');
    const next = rows.find((row) => row.generation === built && row.state === 'building');
    if (!next)
      throw new CodedError('read_model_rebuild_replaced', `generation ${built} is not being built any more`, {
        nextStep: 'another rebuild was started meanwhile; let it finish',
      });
    const sameLife = before?.incarnation === next.incarnation;
    if (before && sameLife && next.position < before.position) return false;
    await tx.execute(
      `update projections set state = 'retired', changed_at = now() where name = $1 and state = 'live'`,
      [projectionName],
    );
    await tx.execute(`update projections set state = 'live', changed_at = now() where name = $1 and generation = $2`, [
      projectionName,
      built,
    ]);
    await resolveMended(tx, built);
    return true;
  });
}

/** How many rows one deletion takes, so that it never holds up the live projection. */
const deleteRowsMax = 2_000;

/** Removes the rows of retired generations, a bounded number at a time. */
export async function deleteRetired(sql: Sql): Promise<void> {
  const retired = await sql.query<{ generation: bigint }>(
    `select generation from projections where name = $1 and state = 'retired'`,
    [projectionName],
  );
  for (const { generation } of retired) {
    for (const table of ['orderitems', 'orders']) {
      for (;;) {
        const deleted = await sql.execute(
          `delete from ${table} where generation = $1 and orderid in
             (select orderid from ${table} where generation = $1 limit ${deleteRowsMax})`,
          [generation],
        );
        if (deleted === 0) break;
      }
    }
    await sql.execute('delete from projections where name = $1 and generation = $2', [projectionName, generation]);
  }
}
