/** The dead letters of orders that are parked because an event of theirs could not be folded. */
import { type OrderId, orderIdOf, streamName } from '@eventstream/contracts';
import type { SqlSession } from '@eventstream/platform/sql';
import { unresolved } from '@eventstream/worker/sql';

/** The name under which the projection's dead letters stand. */
export const projectorName = 'querymodelworker';

/**
 * Resolves the dead letters of orders that a new generation was able to fold, because the reason has been mended since:
 * nothing holds them up any more. What somebody has discarded stays so.
 */
export async function resolveMended(tx: SqlSession, generation: bigint): Promise<void> {
  const letters = await tx.query<{ stream: string }>(
    `select distinct stream from dead_letters where consumer = $1 and state in ${unresolved}`,
    [projectorName],
  );
  const ids = letters.flatMap(({ stream }): OrderId | [] => orderIdOf(streamName(stream)) ?? []);
  if (ids.length === 0) return;
  await tx.execute(
    `with folded as (
       select 'order-' || orderid::text as stream, revision from orders
       where generation = $2 and orderid = any($3::uuid[]) and not stale)
     update dead_letters set state = 'redriven', last_at = now() from folded
     where dead_letters.consumer = $1 and dead_letters.state in ${unresolved}
       and dead_letters.stream = folded.stream and dead_letters.revision <= folded.revision`,
    [projectorName, generation, ids],
  );
}
