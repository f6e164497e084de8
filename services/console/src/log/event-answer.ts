/** An event as it is answered. Whatever its data holds goes out as data: no part of it is ever markup or code. Pure. */
import { metadataKeys, orderIdOf, type RecordedEvent } from '@eventstream/contracts';
import type { LogEvent } from '../api/log.ts';

/** Longer data is shown cut: one event may have a quarter of a megabyte, and a page has many. */
const dataCharactersMax = 16_384;
const fromUtf8 = new TextDecoder();

/** One event. */
export function eventAnswer(event: RecordedEvent): LogEvent {
  const text = fromUtf8.decode(event.data);
  const isCut = text.length > dataCharactersMax;
  const json = isCut ? undefined : jsonIn(text);
  return {
    eventId: event.id,
    log: event.log,
    position: event.position,
    stream: event.stream,
    orderId: orderIdOf(event.stream) ?? null,
    revision: event.revision,
    type: event.type,
    recordedAtMs: event.recordedAtMs,
    actor: event.metadata[metadataKeys.actor] ?? null,
    causationId: event.metadata[metadataKeys.causationId] ?? null,
    traceId: traceOf(event)?.traceId ?? null,
    data: json === undefined ? text.slice(0, dataCharactersMax) : json.value,
    isJson: json !== undefined,
    isCut,
    metadata: { ...event.metadata },
  };
}

/** The trace an event belongs to, and whether it was kept when it began. */
export function traceOf(event: RecordedEvent): { readonly traceId: string; readonly isKept: boolean } | undefined {
  const traceparent = event.metadata[metadataKeys.traceparent] ?? '';
  const [, traceId, flags] = /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/.exec(traceparent) ?? [];
  if (traceId === undefined || flags === undefined) return undefined;
  return { traceId, isKept: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** Empty data is what an event without any looks like; everything else has to be JSON, or is a text. */
function jsonIn(text: string): { readonly value: unknown } | undefined {
  if (text === '') return { value: {} };
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
