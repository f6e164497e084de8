/** What the read model of the running product says, asked without going through its API, so that asking costs it little. */
import type { RunningSystem } from '../../cli/src/up/running-system.ts';
import { openDatabase } from './open-database.ts';

/** Questions to the live rows. */
export interface ReadModel {
  /** How many orders are approved; undefined while some that it knows of have no end, because counting takes a while. */
  approved(): Promise<number | undefined>;
  /** The same, however long it takes. */
  approvedNow(): Promise<number>;
  /** Which of these orders are approved. */
  approvedOf(ids: readonly string[]): Promise<readonly string[]>;
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
    async approvedOf(ids) {
      const rows = await sql.query<{ orderid: string }>(
        {
          name: 'approved_of',
          // One probe of the primary key for each: as one condition beside the status, it looked at all approved orders
          // each time, and took more of the processors than the product.
          text: `select found.orderid from unnest($1::uuid[]) as wanted (id), lateral (
              select orderid, status from orders where ${live} and orderid = wanted.id limit 1
            ) as found where found.status = 'Approved'`,
        },
        [ids],
      );
      return rows.map(({ orderid }) => orderid);
    },
  };
}
