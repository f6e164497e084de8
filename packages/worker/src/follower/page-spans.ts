/**
 * Spans of a page: one for each event whose order is traced, in that order's trace, from the page's beginning to its
 * commit. The page's own transaction belongs to no trace. An event that is not traced costs a look.
 */
import { metadataKeys, type RecordedEvent } from '@eventstream/contracts';
import { failSpan, isKept, type Span, startSpan } from '@eventstream/platform';

/** Applies a page for a reader of this name, and shows it in the traces of its events. Rejects as `apply` does. */
export async function tracedPage<T>(
  reader: string,
  events: readonly RecordedEvent[],
  apply: () => Promise<T>,
): Promise<T> {
  const spans = events.flatMap((event) => spanOf(reader, event, events.length) ?? []);
  try {
    return await apply();
  } catch (error) {
    for (const span of spans) failSpan(span, error);
    throw error;
  } finally {
    for (const span of spans) span.end();
  }
}

function spanOf(
  reader: string,
  { type, position, stream, metadata }: RecordedEvent,
  pageEvents: number,
): Span | undefined {
  const parent = metadata[metadataKeys.traceparent];
  if (!isKept(parent)) return undefined;
  const attributes = {
    'eventstream.position': position,
    'eventstream.stream': stream,
    'batch.items': pageEvents,
  };
  return startSpan(`${reader} apply ${type}`, { kind: 'consumer', parent, attributes });
}
