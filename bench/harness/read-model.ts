/** What the read model of the running product says, asked without going through its API, so that asking costs it little. */
import { type Position, position } from '@eventstream/contracts';
import type { RunningSystem } from '../../cli/src/up/running-system.ts';
import { openDatabase } from './open-database.ts';

/** Everything up to this position is in the rows of this generation, which is the live one. */
export interface LiveCheckpoint {
  readonly generation: bigint;
  readonly position: Position;
}

/** Questions to the live rows. */
export interface ReadModel {
  /** How many orders are approved; undefined while some that it knows of have no end, because counting takes a while. */
  approved(): Promise<number | undefined>;
  /** The same, however long it takes. */
  approvedNow(): Promise<number>;
  /** How far the live rows have got: one small row, for whoever asks again and again. */
  checkpoint(): Promise<LiveCheckpoint>;
  /** Those of these orders that are approved, each with the position of the last event in its row. */
  approvedAt(ids: readonly string[]): Promise<ReadonlyMap<string, Position>>;
}

/** The read model of this system, as the role that only reads. */
export function openReadModel({ databases }: RunningSystem): ReadModel {
  const url = databases['ordersdb']?.['verifier'];
  if (url === undefined) throw new Error('the running system has no address of its read model');
  const sql = openDatabase(url, 1);
  const live = `generation = (select generation from projections where state = 'live')`;
  const countApproved = async (): Promise<number> => {
    const [row] = await sql.query<{ count: bigint }>({
      name: 'count_approved',
      text: `select count(*) from orders where ${live} and status = 'Approved'`,
    });
    return Number(row?.count ?? 0n);
  };
  return {
    async approved() {
      const [under] = await sql.query<{ way: boolean }>({
        name: 'under_way',
        text: `select exists (select 1 from orders where ${live} and status in ('Pending', 'PaymentDebited')) as way`,
      });
      return under?.way === false ? countApproved() : undefined;
    },
    approvedNow: countApproved,
    async checkpoint() {
      const [row] = await sql.query<{ generation: bigint; position: bigint }>({
        name: 'checkpoint',
        text: `select generation, position from projections where name = 'orders' and state = 'live'`,
      });
      if (row === undefined) throw new Error('no generation of the read model is live');
      return { generation: row.generation, position: position(row.position) };
    },
    async approvedAt(ids) {
      const rows = await sql.query<{ orderid: string; position: bigint }>(
        {
          name: 'approved_at',
          // One probe of the primary key for each: as one condition beside the status, it looks at all approved orders.
          text: `select found.orderid, found.position from unnest($1::uuid[]) as wanted (id), lateral (
              select orderid, status, position from orders where ${live} and orderid = wanted.id limit 1
            ) as found where found.status = 'Approved'`,
        },
        [ids],
      );
      return new Map(rows.map((row) => [row.orderid, position(row.position)]));
    },
  };
}
