/**
 * Which waiting work a consumer is given next. However much waits, a claim looks at little more than it gives out: it
 * walks along the index of what is due, and asks of each piece whether anything of its stream is before it.
 */
import { endsTooFarAhead } from '@eventstream/platform/sql';
import { claimedMax, suspectCrashes } from '../ledger.ts';
import { unresolved } from './unresolved.ts';
import { workColumns } from './work-row.ts';

/** Held further ahead than any lease reaches is not held at all: the clock was set back. */
const isLost = `w.is_held and ${endsTooFarAhead('w.due_at', '$3::int8')}`;

const isSuspect = `w.attempts - w.failures >= ${suspectCrashes}`;

/** The least position of a stream is one look into an index. As `not exists` it would be a join over all that waits. */
const isFirstOfItsStream = `w.position = (
    select min(e.position) from worker_waiting e
    where e.consumer = w.consumer and e.stream = w.stream and e.log = w.log)
  and coalesce(w.position < (
    select min(d.position) from dead_letters d
    where d.consumer = w.consumer and d.stream = w.stream and d.log = w.log and d.state in ${unresolved}), true)`;

/** Those that have been due longest. The limit is written out, so that the database's planner knows it. */
const longestDue = (when: string): string => `(
    select w.event_id, w.due_at, w.position, ${isSuspect} as is_suspect from worker_waiting w
    where w.consumer = $1 and ${when} and ($4::bool or not ${isSuspect}) and ${isFirstOfItsStream}
    order by w.due_at, w.position limit ${claimedMax})`;

/**
 * Parameters: consumer, how many, how long the lease is in milliseconds, and whether a suspect may be among them. The
 * outer condition on what is due is judged again after another claimer let go of the row: nobody gets it twice.
 */
export const claimStatement = {
  name: 'worker-claim',
  text: `update worker_waiting w
    set attempts = attempts + 1, is_held = true, due_at = now() + $3::int8 * interval '1 millisecond'
    where w.consumer = $1 and (w.due_at <= now() or ${isLost}) and w.event_id = any(array(
      select event_id from (
        select event_id, due_at, position, is_suspect,
          row_number() over (partition by is_suspect order by due_at, position) as place
        from (${longestDue('w.due_at <= now()')} union all ${longestDue(isLost)}) as due) as placed
      where not is_suspect or place = 1
      order by due_at, position limit $2))
    returning ${workColumns}, attempts, failures, traceparent`,
};
