/** Who got how many points, for which event. */
import type { EventId } from '@eventstream/contracts';
import type { Migration, Sql } from '@eventstream/platform/sql';

/** Points for one event. */
export interface Grant {
  readonly id: EventId;
  readonly customerId: string;
  readonly points: bigint;
}

/** Where grants are kept. */
export interface PointsBook {
  /** Keeps a grant. One whose id is known changes nothing. */
  grant(grant: Grant): Promise<void>;
}

/** The book's table. One statement each, so that CockroachDB can run them too. */
export const pointsMigrations: readonly Migration[] = [
  {
    number: 1,
    name: 'points',
    statement: `create table if not exists loyalty_points (
      event_id uuid primary key, customer_id text not null, points int8 not null)`,
  },
];

/** The book in SQL. The primary key makes a repeated grant harmless, also when two processes try at once. */
export function sqlPointsBook(sql: Sql): PointsBook {
  return {
    async grant({ id, customerId, points }) {
      await sql.execute(
        'insert into loyalty_points (event_id, customer_id, points) values ($1, $2, $3) on conflict (event_id) do nothing',
        [id, customerId, points],
      );
    },
  };
}
