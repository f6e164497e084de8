/** The plain way to keep a saga's reason: `{"reason": …}` as the data of every event that the engine appends. */
import type { Metadata, RecordedEvent } from '@eventstream/contracts';
import { CodedError } from '@eventstream/platform';
import type { SagaAction } from './definition.ts';

/** Data and metadata of an action's event: a `Compose` for sagas whose undo needs to know nothing but why. */
export function reasonAsJson(action: SagaAction): { readonly data: Uint8Array; readonly metadata: Metadata } {
  return { data: new TextEncoder().encode(JSON.stringify({ reason: action.reason })), metadata: {} };
}

/** Reads back what `reasonAsJson` wrote: a definition's `reasonIn`. Throws `saga_no_reason` where there is none. */
export function reasonInJson(event: RecordedEvent): string {
  const found: unknown = parse(event);
  if (typeof found === 'object' && found !== null && 'reason' in found && typeof found.reason === 'string')
    return found.reason;
  throw noReason(event, 'its data is not {"reason": "…"}');
}

function parse(event: RecordedEvent): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(event.data));
  } catch (cause) {
    throw noReason(event, 'its data is not JSON in UTF-8', cause);
  }
}

function noReason(event: RecordedEvent, why: string, cause?: unknown): CodedError {
  return new CodedError('saga_no_reason', `${event.type} at ${event.log}:${event.position} carries no reason: ${why}`, {
    details: { event: event.id },
    nextStep: 'see who appended it: only the saga itself should',
    cause,
  });
}
