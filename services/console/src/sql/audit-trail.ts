/** The audit trail in workersdb. */
import type { Sql } from '@eventstream/platform/sql';
import type { AuditLine, AuditPage } from '../api/actions.ts';
import type { Action, AuditFilter, AuditTrail, Ending } from '../audit.ts';
import { decodePlace, encodePlace } from './list-place.ts';

const insert = {
  name: 'console-audit',
  text: `insert into console_actions (id, stage, operator, action, subject, why, outcome, says)
         values ($1, $2, $3, $4, $5, $6, $7, $8)`,
};

interface Row {
  readonly id: string;
  readonly at: Date;
  readonly operator: string;
  readonly action: string;
  readonly subject: string;
  readonly why: string;
  readonly outcome: Ending['outcome'] | null;
  readonly says: string | null;
}

/** Keeps actions in this database. */
export function sqlAuditTrail(sql: Sql): AuditTrail {
  const write = (id: string, { by, action, subject, why }: Action, ending: Ending | undefined): Promise<unknown> =>
    sql.execute(insert, [
      id,
      ending === undefined ? 'asked' : 'ended',
      by,
      action,
      subject,
      why,
      ending?.outcome ?? null,
      ending?.says.slice(0, saysMax) ?? null,
    ]);
  return {
    asked: async (id, action) => {
      await write(id, action, undefined);
    },
    ended: async (id, action, ending) => {
      await write(id, action, ending);
    },
    list: (filter) => list(sql, filter),
  };
}

const saysMax = 1_000;

async function list(sql: Sql, { subject, cursor, limit }: AuditFilter): Promise<AuditPage> {
  const values: unknown[] = [limit + 1];
  const given = (value: unknown): string => `$${values.push(value)}`;
  const conditions = ["asked.stage = 'asked'"];
  if (subject !== undefined) conditions.push(`asked.subject = ${given(subject)}`);
  const place = cursor === undefined ? undefined : decodePlace(cursor);
  if (place)
    conditions.push(
      `(asked.at, asked.id) < (to_timestamp(${given(place.micros)}::float8 / 1000000.0), ${given(place.id)}::uuid)`,
    );
  const rows = await sql.query<Row & { readonly micros: string }>(
    `select asked.id, asked.at, (extract(epoch from asked.at) * 1000000)::int8::text as micros, asked.operator,
       asked.action, asked.subject, asked.why, ended.outcome, ended.says
     from console_actions asked left join console_actions ended on ended.id = asked.id and ended.stage = 'ended'
     where ${conditions.join(' and ')} order by asked.at desc, asked.id desc limit $1`,
    values,
  );
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    lines: shown.map(toLine),
    nextCursor: rows.length > shown.length && last ? encodePlace(last) : null,
  };
}

function toLine({ id, at, operator, action, subject, why, outcome, says }: Row): AuditLine {
  return { id, atMs: at.getTime(), by: operator, action, subject, why, outcome, says };
}
