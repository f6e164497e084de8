/** The error for a place at the broker that is not ours. */
import type { LogName } from '@eventstream/contracts';
import { CodedError } from '@eventstream/platform';
import type { ForeignCopy } from './port.ts';

/** Somebody else's stream or message is where a log's copy belongs: what it is, and the way out. */
export function foreignCopy(log: LogName, { found, nextStep }: ForeignCopy): CodedError {
  return new CodedError('stream_foreign', `the place of log ${log} at the broker is taken by ${found}`, {
    details: { log, found },
    nextStep,
  });
}
