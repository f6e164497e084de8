/** PostgreSQL that goes away, and connections that it breaks off or does not take. */
import { codeOf, createLogger } from '@eventstream/platform';
import { openSql } from '@eventstream/platform/sql';
import { pause } from '../pause.ts';
import type { System } from '../stage/system.ts';
import type { Fault } from './fault.ts';

function restarted(name: string, mode: 'fast' | 'immediate'): Fault {
  return {
    name,
    family: 'postgres',
    lane: 'surroundings',
    async inflict({ postgres }, draw, over) {
      await postgres.restart(mode, () => pause(draw.between(0, 4_000), over));
      return 1;
    },
  };
}

/** Faults of the server and its connections. */
export const postgresFaults: readonly Fault[] = [
  restarted('restart PostgreSQL', 'fast'),
  restarted('stop PostgreSQL at once', 'immediate'),
  {
    name: 'kill PostgreSQL',
    family: 'postgres',
    lane: 'surroundings',
    async inflict({ postgres }) {
      await postgres.kill();
      await postgres.ready();
      return 1;
    },
  },
  {
    name: 'break off connections in PostgreSQL',
    family: 'postgres',
    lane: 'surroundings',
    async inflict({ postgres }, draw) {
      const share = draw.between(0.2, 1);
      const ended = await postgres.asAdmin('postgres', (sql) =>
        sql.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where pid <> pg_backend_pid() and backend_type = 'client backend' and random() < $1`,
          [share],
        ),
      );
      return ended.length;
    },
  },
  {
    name: 'limit connections to PostgreSQL',
    family: 'postgres',
    lane: 'surroundings',
    async inflict({ postgres, system }, draw, over) {
      const role = draw.pick(['eventstoresvc', 'ordersvc', 'paymentworker', 'sagacoordinator', 'querymodelworker']);
      const limit = draw.whole(0, 1);
      const change = (to: number): Promise<unknown> =>
        postgres.asAdmin('postgres', async (sql) => {
          await sql.execute(`alter role ${role} connection limit ${to}`);
          await sql.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [role]);
        });
      await change(limit);
      try {
        await pause(draw.between(2_000, 6_000), over);
        return Number(await isTurnedAway(system, role));
      } finally {
        await change(-1);
      }
    },
  },
];

const tooManyConnections = '53300';
const silent = createLogger({ service: 'chaos', level: 'silent' });

/** Whether the role's next connections are refused because there are too many. */
async function isTurnedAway({ running }: System, role: string): Promise<boolean> {
  const url = Object.values(running.databases).flatMap((byRole) => byRole[role] ?? [])[0];
  if (url === undefined) throw new Error(`no database knows the role ${role}`);
  const sql = openSql({ url, applicationName: 'chaos', maxConnections: 2, logger: silent });
  try {
    const two = await Promise.allSettled([sql.query('select pg_sleep(0.2)'), sql.query('select pg_sleep(0.2)')]);
    return two.some((one) => one.status === 'rejected' && codeOf(one.reason) === tooManyConnections);
  } finally {
    await sql.close();
  }
}
