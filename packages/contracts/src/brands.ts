/**
 * Names for numbers and strings that must not be mixed up.
 * A value gets its brand in one of the parsers below and nowhere else, so a branded value has always been checked.
 */
declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** Id of one event, unique over all logs. A uuid in lower case. */
export type EventId = Branded<string, 'EventId'>;
/** Id of one order. A uuid in lower case. */
export type OrderId = Branded<string, 'OrderId'>;
/** A log: the unit of order. One head row, one stream of the same name at the broker. */
export type LogName = Branded<string, 'LogName'>;
/** A stream inside a log, such as `order-<uuid>`; the part before the first `-` is its category. */
export type StreamName = Branded<string, 'StreamName'>;
/** `<LOG>.<token>`, which is also the subject the event is published on; hence never raw from a caller. */
export type EventType = Branded<string, 'EventType'>;
/** Place in a log, from 1 without a hole. 0 means "nothing yet". Safe as a number up to 2^53. */
export type Position = Branded<number, 'Position'>;
/** Place in a stream, from 1 without a hole. 0 means "no event yet". */
export type Revision = Branded<number, 'Revision'>;
/** Which life of a log this is. Restored or reset data has another one, so old positions are not mistaken for new. */
export type Incarnation = Branded<string, 'Incarnation'>;

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const logPattern = /^[A-Z][A-Z0-9_]{0,31}$/;
const streamPattern = /^[a-z][a-z0-9]*-[A-Za-z0-9._-]{1,100}$/;
const typePattern = /^[A-Z][A-Z0-9_]{0,31}\.[a-z][a-z0-9]{0,63}$/;

/** A value that does not have the shape its brand promises. */
export class MalformedValue extends Error {
  readonly code = 'contracts_malformed_value';
  readonly kind: string;
  readonly value: unknown;

  constructor(kind: string, value: unknown, expected: string) {
    const shown = String(value).slice(0, 80);
    super(`[contracts_malformed_value] ${JSON.stringify(shown)} is not a ${kind}; expected ${expected}`);
    this.name = 'MalformedValue';
    this.kind = kind;
    this.value = value;
  }
}

function parseText(kind: string, pattern: RegExp, expected: string, value: unknown): string {
  if (typeof value !== 'string' || !pattern.test(value)) throw new MalformedValue(kind, value, expected);
  return value;
}

function parseCount(kind: string, value: unknown): number {
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0)
    throw new MalformedValue(kind, value, 'a whole number from 0 to 2^53 - 1');
  return number;
}

function parseUuid(kind: string, value: unknown): string {
  if (typeof value === 'string' && uuidPattern.test(value)) return value;
  return parseText(kind, uuidPattern, 'a uuid', typeof value === 'string' ? value.toLowerCase() : value);
}

/** Whether a text has the shape of a uuid, in either case. */
export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && (uuidPattern.test(value) || uuidPattern.test(value.toLowerCase()));
}

// The only casts of the code base: a value becomes a brand by passing its parser.
/* oxlint-disable typescript/consistent-type-assertions */
export const eventId = (value: unknown): EventId => parseUuid('event id', value) as EventId;
export const orderId = (value: unknown): OrderId => parseUuid('order id', value) as OrderId;
export const incarnation = (value: unknown): Incarnation => parseUuid('incarnation', value) as Incarnation;
export const logName = (value: unknown): LogName =>
  parseText('log name', logPattern, 'capital letters, digits and _, at most 32', value) as LogName;
export const streamName = (value: unknown): StreamName =>
  parseText('stream name', streamPattern, 'category-id, such as order-<uuid>', value) as StreamName;
export const eventType = (value: unknown): EventType =>
  parseText('event type', typePattern, '<LOG>.<token>, such as ORDERS.created', value) as EventType;
export const position = (value: unknown): Position => parseCount('position', value) as Position;
export const revision = (value: unknown): Revision => parseCount('revision', value) as Revision;
/* oxlint-enable typescript/consistent-type-assertions */

/** Nothing has been read or written yet. */
export const nowhere: Position = position(0);
/** The stream has no event yet; as an expected revision: "must not exist". */
export const noRevision: Revision = revision(0);

/** The position after this one. */
export const nextPosition = (at: Position): Position => position(at + 1);
/** The revision after this one. */
export const nextRevision = (at: Revision): Revision => revision(at + 1);

/** A list that has at least one member. */
export type NonEmpty<T> = readonly [T, ...T[]];

/** Whether a list has a member. */
export function isNonEmpty<T>(list: readonly T[]): list is NonEmpty<T> {
  return list.length > 0;
}
