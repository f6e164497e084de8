/**
 * `eventstream log new-incarnation`: the store as it is now is the one to keep. The log begins another life, under which
 * every position means what the store says, and the broker's copy is made anew; the relay fills it from position 1.
 */
import type { LogHead, LogName } from '@eventstream/contracts';
import { foreignCopy } from '../foreign-copy.ts';
import type { LogCopyAdmin } from '../port.ts';

/** The store's side; an operator's right, not a service's. */
export interface IncarnationChanger {
  /** Gives the log a new incarnation, with its events untouched. Answers the head under it. */
  changeIncarnation(log: LogName): Promise<LogHead>;
}

/**
 * Begins another life. The store changes first: a crash in between leaves the relay halted before a copy of the old
 * life, and the command can be given again. Consumers go with the old copy; their owners make them again, after
 * they have checked their own marks against the new life. Rejects, and changes nothing, when the broker's stream is not ours.
 */
export async function beginNewIncarnation(o: {
  readonly log: LogName;
  readonly store: IncarnationChanger;
  readonly copy: LogCopyAdmin;
}): Promise<LogHead> {
  const state = await o.copy.inspect(); // fails early: nothing has changed when the broker can't be asked
  if (state.kind === 'foreign') throw foreignCopy(o.log, state);
  const head = await o.store.changeIncarnation(o.log);
  if (state.kind !== 'missing') await o.copy.destroy();
  await o.copy.create(head.incarnation);
  return head;
}
