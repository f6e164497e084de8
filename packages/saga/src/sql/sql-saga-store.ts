/** Saga rows in PostgreSQL or CockroachDB. Times are the database's; a row is lent by a conditional update. */
import { incarnation, type LogName, nowhere, position, type StreamName } from '@eventstream/contracts';
import { failpoint } from '@eventstream/platform';
import { endsTooFarAhead, type Sql, type SqlSession } from '@eventstream/platform/sql';
import type { SagaRow } from '../saga-row.ts';
import {
  type ClaimedRow,
  type ClaimRequest,
  type Claims,
  type FailedTry,
  type RowPage,
  type SagaCounts,
  type SagaEntry,
  type SagaPage,
  type SagaQuery,
  type SagaStore,
  unjudgedMs,
} from '../saga-store.ts';
import { listSagas } from './list-sagas.ts';
import {
  pageValues,
  rowColumns,
  type StoredSaga,
  toEntry,
  toRow,
  upsertRows,
  upsertValues,
  writePage,
} from './saga-rows.ts';

/** Which saga's rows. */
export interface SqlSagaStoreOptions {
  readonly sql: Sql;
  /** The definition's name. */
  readonly saga: string;
  readonly log: LogName;
}

/**
 * Forgets every row and the checkpoint of a saga; its coordinator then reads the log again from the beginning. For the
 * command that begins another life of the log. Nothing is lost: the log is the truth.
 */
export async function forgetSagas(session: SqlSession, saga: string): Promise<number> {
  await session.execute('delete from saga_checkpoints where saga = $1', [saga]);
  return session.execute('delete from sagas where saga = $1', [saga]);
}

/** Makes the store; the tables are made by `sagaMigrations`. */
export function sqlSagaStore(options: SqlSagaStoreOptions): SagaStore {
  return new SqlSagaStore(options);
}

const isClaimable = `try_at <= now() and (claim_until is null or claim_until <= now()
  or ${endsTooFarAhead('claim_until', '$3::float8')})`;

class SqlSagaStore implements SagaStore {
  readonly #sql: Sql;
  readonly #saga: string;
  readonly #log: LogName;

  constructor({ sql, saga, log }: SqlSagaStoreOptions) {
    this.#sql = sql;
    this.#saga = saga;
    this.#log = log;
  }

  async checkpoint() {
    const [row] = await this.#sql.query<{ position: bigint; incarnation: string }>(
      'select position, incarnation from saga_checkpoints where saga = $1',
      [this.#saga],
    );
    return row
      ? { position: position(row.position), incarnation: incarnation(row.incarnation) }
      : { position: nowhere, incarnation: undefined };
  }

  async applyPage(page: RowPage) {
    // Usually the sink remembers all the rows that a page needs. At the beginning of the log there may be no
    // checkpoint yet.
    const isUsual = page.streams.length === 0 && page.after !== nowhere;
    const moved = isUsual
      ? await this.#writePage(page, page.fold(new Map()), (...asked) => this.#sql.queryIdempotent(...asked))
      : await this.#applyInTransaction(page);
    return moved ? ({ kind: 'committed' } as const) : ({ kind: 'moved' } as const);
  }

  async claim({ owner, limit, claimMs, deadlinesNotOf }: ClaimRequest): Promise<Claims> {
    // The outer conditions repeat the inner ones: a loop that has waited for another's lock must judge the row again.
    const rows = await this.#sql.query<StoredSaga & { now: Date }>(
      {
        name: 'saga-claim',
        text: `update sagas set claimed_by = $2, claim_until = now() + $3::float8 * interval '1 millisecond'
          where saga = $1 and ${isClaimable} and stream in (
            select stream from sagas where saga = $1 and ${isClaimable}
              and (next_action <> 'deadline' or next_step <> all($4::text[]))
            order by try_at limit $5)
          returning ${rowColumns}, now() as now`,
      },
      [this.#saga, owner, claimMs, deadlinesNotOf, limit],
    );
    const nowMs = rows[0]?.now.getTime() ?? 0;
    const claimed = rows.map((stored): ClaimedRow => {
      const dueMs = stored.due_at?.getTime() ?? nowMs;
      return { row: toRow(stored), dueMs, attempts: Number(stored.attempts), owner };
    });
    return { nowMs, rows: claimed.toSorted((a, b) => a.dueMs - b.dueMs) };
  }

  async noteFailure({ row, owner }: ClaimedRow, { error, retryInMs, stuck }: FailedTry): Promise<void> {
    await this.#sql.execute(
      `update sagas set attempts = attempts + 1, last_error = $5, claimed_by = null, claim_until = null,
         try_at = now() + $6::float8 * interval '1 millisecond', stuck_at = case when $7::bool then coalesce(stuck_at, now()) else stuck_at end
       where saga = $1 and stream = $2 and claimed_by = $3 and seen_revision = $4`,
      [this.#saga, row.stream, owner, row.seenRevision, error, retryInMs, stuck],
    );
  }

  async giveBack(claimed: readonly ClaimedRow[]): Promise<void> {
    const owner = claimed[0]?.owner;
    if (owner === undefined) return;
    const streams = claimed.map(({ row }) => row.stream);
    await this.#sql.execute(
      `update sagas set claimed_by = null, claim_until = null
       where saga = $1 and claimed_by = $2 and stream = any($3::text[])`,
      [this.#saga, owner, streams],
    );
  }

  async replace({ owner }: ClaimedRow, row: SagaRow): Promise<boolean> {
    return this.#sql.transaction(
      async (tx) => {
        const held = await tx.query(
          `select 1 from sagas where saga = $1 and stream = $2 and claimed_by = $3 and seen_revision <= $4 for update`,
          [this.#saga, row.stream, owner, row.seenRevision],
        );
        if (held.length === 0) return false;
        await tx.execute(upsertRows, upsertValues(this.#saga, this.#log, [row]));
        return true;
      },
      { onUnknownCommit: 'retry' },
    );
  }

  async find(stream: StreamName): Promise<SagaEntry | undefined> {
    const [stored] = await this.#sql.query<StoredSaga & { is_stuck: boolean }>(
      `select ${rowColumns}, coalesce(stuck_at <= now(), false) as is_stuck from sagas where saga = $1 and stream = $2`,
      [this.#saga, stream],
    );
    return stored && toEntry(stored);
  }

  list(query: SagaQuery): Promise<SagaPage> {
    return listSagas(this.#sql, this.#saga, query);
  }

  async counts(): Promise<SagaCounts> {
    const [row] = await this.#sql.query<Record<keyof SagaCounts, bigint>>(
      `select
         (select count(*) from sagas where saga = $1 and status = 'running') as running,
         (select count(*) from sagas where saga = $1 and status = 'undoing') as undoing,
         (select count(*) from sagas where saga = $1 and stuck_at <= now()) as stuck,
         (select count(*) from sagas where saga = $1 and try_at <= now() and next_action = 'deadline') as overdue,
         (select count(*) from sagas where saga = $1 and try_at <= now() and next_action = 'deadline'
            and due_at <= now() - $2::float8 * interval '1 millisecond') as unjudged`,
      [this.#saga, unjudgedMs],
    );
    const of = (name: keyof SagaCounts): number => Number(row?.[name] ?? 0n);
    const [running, undoing, stuck] = [of('running'), of('undoing'), of('stuck')];
    return { running, undoing, stuck, overdue: of('overdue'), unjudged: of('unjudged') };
  }

  forgetEnded(olderThanMs: number, limit: number): Promise<number> {
    return this.#sql.execute(
      `delete from sagas where saga = $1 and stream in (
         select stream from sagas where saga = $1 and status in ('done', 'undone') and next_action is null
           and since <= now() - $2::float8 * interval '1 millisecond' limit $3)`,
      [this.#saga, olderThanMs, limit],
    );
  }

  #applyInTransaction(page: RowPage): Promise<boolean> {
    return this.#sql.transaction(
      async (tx) => {
        if (!(await this.#holdCheckpoint(tx, page))) return false;
        const rows = page.fold(await this.#rowsOf(tx, page.streams));
        return this.#writePage(page, rows, (...asked) => tx.query(...asked));
      },
      // Doing it twice is harmless: the second time the checkpoint is not where the page begins.
      { onUnknownCommit: 'retry' },
    );
  }

  /** Whether the page was written: it was not, nor anything else, when the checkpoint is not where it begins. */
  async #writePage(page: RowPage, rows: readonly SagaRow[], send: SqlSession['query']): Promise<boolean> {
    failpoint('saga.beforeCommit');
    const answered = await send(writePage, pageValues(this.#saga, this.#log, { ...page, rows }));
    return answered.length === 1;
  }

  /**
   * Keeps others from moving the checkpoint until the transaction ends, so that the rows stay those that it stands for.
   */
  async #holdCheckpoint(tx: SqlSession, { after, incarnation: life }: RowPage): Promise<boolean> {
    if (after === nowhere)
      // Another instance may have begun as well: the row's key lets one in.
      await tx.execute(
        'insert into saga_checkpoints (saga, position, incarnation) values ($1, 0, $2) on conflict (saga) do nothing',
        [this.#saga, life],
      );
    const held = await tx.query(
      'select position from saga_checkpoints where saga = $1 and position = $2 and incarnation = $3 for update',
      [this.#saga, after, life],
    );
    return held.length === 1;
  }

  async #rowsOf(tx: SqlSession, streams: readonly StreamName[]): Promise<ReadonlyMap<StreamName, SagaRow>> {
    if (streams.length === 0) return new Map();
    const stored = await tx.query<StoredSaga>(
      {
        name: 'saga-rows',
        text: `select ${rowColumns} from sagas where saga = $1 and stream = any($2::text[])`,
      },
      [this.#saga, streams],
    );
    return new Map(stored.map(toRow).map((row) => [row.stream, row]));
  }
}
