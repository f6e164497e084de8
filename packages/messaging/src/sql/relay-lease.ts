/**
 * The relay's lease as a row, judged by the database's clock alone, so instances whose clocks differ agree.
 * Each call is one statement, and repeating it is harmless.
 */
import { incarnation, position } from '@eventstream/contracts';
import { endsTooFarAhead, type SqlSession } from '@eventstream/platform/sql';
import type { HighWaterMark, LeaseClaim, LeaseTerm, RelayLease } from '../relay/index.ts';

interface TermRow {
  readonly epoch: bigint;
  readonly high_water_mark: bigint | null;
  readonly high_water_incarnation: string | null;
}

const acquire = {
  name: 'relay-lease-acquire',
  text: `
    insert into relay_leases (log, holder, epoch, expires_at)
    values ($1, $2, 1, now() + $3::int8 * interval '1 millisecond')
    on conflict (log) do update
      set holder = excluded.holder, epoch = relay_leases.epoch + 1, expires_at = excluded.expires_at
      where relay_leases.expires_at <= now() or relay_leases.holder = excluded.holder
        or ${endsTooFarAhead('relay_leases.expires_at', '$3::int8')}
    returning relay_leases.epoch, relay_leases.high_water_mark, relay_leases.high_water_incarnation`,
};

const extend = {
  name: 'relay-lease-extend',
  text: `
    update relay_leases
    set expires_at = now() + $4::int8 * interval '1 millisecond',
        high_water_mark = coalesce($5::int8, high_water_mark),
        high_water_incarnation = coalesce($6::uuid, high_water_incarnation)
    where log = $1 and holder = $2 and epoch = $3::int8`,
};

/** Leases in the table of `relayMigrations`. */
export class SqlRelayLease implements RelayLease {
  readonly #sql: SqlSession;

  constructor(sql: SqlSession) {
    this.#sql = sql;
  }

  async acquire({ log, holder, ttlMs }: LeaseClaim): Promise<LeaseTerm | undefined> {
    const [row] = await this.#sql.query<TermRow>(acquire, [log, holder, ttlMs]);
    return row === undefined ? undefined : { epoch: Number(row.epoch), mark: markOf(row) };
  }

  async renew(claim: LeaseClaim, epoch: number, mark: HighWaterMark | undefined): Promise<boolean> {
    return this.#extend(claim, { epoch, mark, ttlMs: claim.ttlMs });
  }

  async release(claim: LeaseClaim, epoch: number, mark: HighWaterMark | undefined): Promise<void> {
    await this.#extend(claim, { epoch, mark, ttlMs: 0 });
  }

  async #extend(claim: LeaseClaim, o: { epoch: number; mark: HighWaterMark | undefined; ttlMs: number }) {
    const { position: at = null, incarnation: life = null } = o.mark ?? {};
    const rows = await this.#sql.execute(extend, [claim.log, claim.holder, o.epoch, o.ttlMs, at, life]);
    return rows === 1;
  }
}

function markOf(row: TermRow): HighWaterMark | undefined {
  if (row.high_water_mark === null || row.high_water_incarnation === null) return undefined;
  return { position: position(row.high_water_mark), incarnation: incarnation(row.high_water_incarnation) };
}
