/** The log and its streams, forwards and backwards, and live. */
import { type Static, Type } from 'typebox';
import { atMs, count, orNull } from './values.ts';

/** One event. */
export const logEvent = Type.Object({
  eventId: Type.String(),
  log: Type.String(),
  position: count,
  stream: Type.String(),
  /** Null for a stream that is no order's. */
  orderId: orNull(Type.String()),
  revision: count,
  type: Type.String(),
  recordedAtMs: atMs,
  actor: orNull(Type.String()),
  causationId: orNull(Type.String()),
  traceId: orNull(Type.String()),
  /** The data as JSON; a text when it is no JSON (`isJson` false), cut when it is long (`isCut` true). */
  data: Type.Unknown(),
  isJson: Type.Boolean(),
  isCut: Type.Boolean(),
  metadata: Type.Record(Type.String(), Type.String()),
});
export type LogEvent = Static<typeof logEvent>;

/**
 * `GET /api/log?direction=forwards|backwards&from&types&limit`: events after `from` (forwards, default 0) or before it
 * (backwards, default: from the head). `types` is a list with commas. A page with a filter may be short, even empty,
 * and is not the last while `next` is not null: ask on from there.
 *
 * `GET /api/log?stream=order-…&direction&from&limit`: the same of one stream; `from` and `next` are revisions then.
 */
export const logPage = Type.Object({
  /** In the direction that was asked for. */
  events: Type.Array(logEvent),
  head: count,
  /** `from` of the next page in this direction; null when there is none yet. */
  next: orNull(count),
});
export type LogPage = Static<typeof logPage>;

/** `GET /api/log/types`: every event type, for the filter. */
export const logTypes = Type.Object({ types: Type.Array(Type.String()) });
export type LogTypes = Static<typeof logTypes>;

/**
 * `GET /api/log/stream?types&stream` (SSE): the event `begun` at the beginning (data: `Begun`), then `recorded` for each
 * event as it is recorded (data: `LogEvent`), and `skipped` when more came than a page can read (data: `Skipped`): read those
 * through `GET /api/log`. Everything after the position of `begun` is told, and a page that is asked for from then on has what
 * is before it.
 */
export const begun = Type.Object({ after: count });
export type Begun = Static<typeof begun>;
export const skipped = Type.Object({ after: count, to: count });
export type Skipped = Static<typeof skipped>;
