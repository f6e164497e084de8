/** Events as the array parameters of a statement that stores them. */
import type { RecordedEvent } from '@eventstream/contracts';
import { byteaArray, int8Array, textArray, uuidArray } from './binary-arrays.ts';

/** Streams, revisions, ids, types, data, metadata: one array each, in this order. */
export function eventArrays(events: readonly RecordedEvent[]): readonly Buffer[] {
  return [
    textArray(events.map((event) => event.stream)),
    int8Array(events.map((event) => event.revision)),
    uuidArray(events.map((event) => event.id)),
    textArray(events.map((event) => event.type)),
    byteaArray(events.map((event) => event.data)),
    textArray(events.map((event) => JSON.stringify(event.metadata))),
  ];
}
