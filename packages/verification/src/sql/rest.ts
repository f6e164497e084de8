/** Whether the system is at rest: nothing will change until somebody asks for something or a deadline comes. */
import { ordersLog } from '@eventstream/contracts';
import { fulfilmentName } from '@eventstream/domain';
import { findLiveGeneration } from '@eventstream/read-model/sql';
import type { VerificationDatabases } from './sources.ts';

interface Counts {
  readonly moving: bigint;
}

/**
 * Why the system is not at rest, or undefined when it is. An order that waits for a person's review is at rest until
 * its deadline; one that is being paid or cancelled is not. Asks a few small questions, so it may be called often.
 */
export async function whatStillMoves({
  eventstoredb,
  ordersdb,
  workersdb,
}: Pick<VerificationDatabases, 'eventstoredb' | 'ordersdb' | 'workersdb'>): Promise<string | undefined> {
  const [head] = await eventstoredb.query<{ position: bigint }>('select position from log_heads where log = $1', [
    ordersLog,
  ]);
  const last = Number(head?.position ?? 0n);
  const live = await findLiveGeneration(ordersdb);
  const readTo = live?.position ?? 0;
  if (readTo < last) return `the read model is at ${readTo}, the log at ${last}`;
  const [saga] = await workersdb.query<{ position: bigint }>(`select position from saga_checkpoints where saga = $1`, [
    fulfilmentName,
  ]);
  const coordinated = Number(saga?.position ?? 0n);
  if (coordinated < last) return `the saga coordinator is at ${coordinated}, the log at ${last}`;
  if (!live) return undefined;
  const [orders] = await ordersdb.query<Counts>(
    `select count(*) as moving from orders
     where generation = $1 and not stale and status in ('Pending', 'PaymentDebited', 'Cancelling')`,
    [live.generation],
  );
  const moving = orders?.moving ?? 0n;
  if (moving > 0n) return moving === 1n ? '1 order is on its way' : `${moving} orders are on their way`;
  const [sagas] = await workersdb.query<Counts>(
    `select count(*) as moving from sagas
     where saga = $1 and next_action = 'deadline' and due_at <= now() and fault is null`,
    [fulfilmentName],
  );
  const overdue = sagas?.moving ?? 0n;
  if (overdue === 0n) return undefined;
  return `${overdue === 1n ? '1 order is' : `${overdue} orders are`} past a deadline that was not judged yet`;
}
