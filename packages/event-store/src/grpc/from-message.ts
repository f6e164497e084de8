/**
 * Protobuf messages as the port's types. Whatever arrives is checked here, once: ids, names and types get their brands,
 * and what does not fit is a `MalformedMessage` that names the field.
 */
import {
  eventId,
  eventType,
  incarnation,
  isNonEmpty,
  type LogHead,
  type LogName,
  logName,
  MalformedValue,
  type NewEvent,
  type NonEmpty,
  type Position,
  position,
  type RecordedEvent,
  type Revision,
  revision,
  type StreamName,
  streamName,
} from '@eventstream/contracts';
import type * as proto from '@eventstream/contracts/eventstore';
import { fromRows } from '../event-rows.ts';
import {
  type AppendedEvent,
  type AppendOutcome,
  type LogFilter,
  type LogPage,
  type LogScan,
  type PositionPage,
  type RefusalCode,
  refusalCodes,
  type StreamPage,
  type StreamWrite,
  type Write,
} from '../port.ts';

/** A message that lacks a field or holds a value that cannot be meant. `field` is its path in the message. */
export class MalformedMessage extends Error {
  readonly code: RefusalCode;
  readonly field: string;
  readonly why: string;

  constructor(code: RefusalCode, path: string, why: string, cause?: unknown) {
    super(`${path}: ${why}`, { cause });
    this.name = 'MalformedMessage';
    this.code = code;
    this.field = path;
    this.why = why;
  }
}

/** Runs a brand's parser on a field; what it throws becomes a `MalformedMessage`. */
function field<T>(name: string, parse: (value: unknown) => T, value: unknown, code: RefusalCode = 'bad-write'): T {
  try {
    return parse(value);
  } catch (error) {
    if (!(error instanceof MalformedValue)) throw error;
    throw new MalformedMessage(code, name, value === '' ? 'is missing' : error.message, error);
  }
}

function atLeastOne<T>(name: string, list: readonly T[]): NonEmpty<T> {
  if (!isNonEmpty(list)) throw new MalformedMessage('bad-write', name, 'must not be empty');
  return list;
}

/**
 * Reads each member of a list. Its place is added only to a failure: naming the place of each member would cost more
 * than reading it.
 */
function each<Message, T>(name: string, list: readonly Message[], read: (message: Message) => T): NonEmpty<T> {
  const members = list.map((message, index) => {
    try {
      return read(message);
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      throw new MalformedMessage(error.code, `${name}[${index}].${error.field}`, error.why, error.cause);
    }
  });
  return atLeastOne(name, members);
}

/** A write as the server received it. Throws `MalformedMessage`. */
export function readWrite(message: proto.Write | undefined): Write {
  if (!message) throw new MalformedMessage('bad-write', 'write', 'is missing');
  return {
    log: readLogName(message.log),
    streams: each('streams', message.streams, readStreamWrite),
  };
}

function readStreamWrite(message: proto.StreamWrite): StreamWrite {
  const { expectedRevision } = message;
  return {
    stream: field('stream', streamName, message.stream),
    expected: expectedRevision === undefined ? 'any' : field('expected_revision', revision, expectedRevision),
    events: each('events', message.events, readNewEvent),
  };
}

function readNewEvent(message: proto.NewEvent): NewEvent {
  return {
    id: field('id', eventId, message.id),
    type: field('type', eventType, message.type, 'unknown-type'),
    data: message.data,
    metadata: message.metadata,
  };
}

/** A log's name. Throws `MalformedMessage`. */
export function readLogName(value: string): LogName {
  return field('log', logName, value);
}

/** A stream's name. Throws `MalformedMessage`. */
export function readStreamName(value: string): StreamName {
  return field('stream', streamName, value);
}

/** A position that a request names. Throws `MalformedMessage`. */
export function readPosition(name: string, value: bigint): Position {
  return field(name, position, value);
}

/** A revision that a request names. Throws `MalformedMessage`. */
export function readRevision(name: string, value: bigint): Revision {
  return field(name, revision, value);
}

/** Which events of a log are wanted. What is absent means all. Throws `MalformedMessage`. */
export function readFilter({ types, streamPrefix }: Pick<proto.ReadLogRequest, 'types' | 'streamPrefix'>): LogFilter {
  const readType = (type: string, index: number) => field(`types[${index}]`, eventType, type, 'unknown-type');
  return { types: types?.values.map(readType), streamPrefix: streamPrefix === '' ? undefined : streamPrefix };
}

/** An event as the client received it. */
function readRecordedEvent(message: proto.RecordedEvent): RecordedEvent {
  return {
    id: field('id', eventId, message.id),
    log: readLogName(message.log),
    position: field('position', position, message.position),
    stream: readStreamName(message.stream),
    revision: field('revision', revision, message.revision),
    type: field('type', eventType, message.type),
    data: message.data,
    metadata: message.metadata,
    recordedAtMs: Number(message.recordedAtMs),
  };
}

/** The stored places of a write. */
export function readAppended(message: proto.Appended): Extract<AppendOutcome, { kind: 'appended' }> {
  return {
    kind: 'appended',
    events: atLeastOne('events', message.events.map(readAppendedEvent)),
    repeated: message.repeated,
    incarnation: field('incarnation', incarnation, message.incarnation),
  };
}

function readAppendedEvent(message: proto.AppendedEvent): AppendedEvent {
  return {
    position: field('position', position, message.position),
    revision: field('revision', revision, message.revision),
    recordedAtMs: Number(message.recordedAtMs),
  };
}

/** The stream has moved on. */
export function readConflict(message: proto.RevisionConflict): Extract<AppendOutcome, { kind: 'conflict' }> {
  return {
    kind: 'conflict',
    stream: readStreamName(message.stream),
    expected: field('expected', revision, message.expected),
    actual: field('actual', revision, message.actual),
  };
}

/** The id is known with other content. */
export function readIdReused(message: proto.IdReused): Extract<AppendOutcome, { kind: 'idReused' }> {
  return { kind: 'idReused', eventId: field('event_id', eventId, message.eventId) };
}

const knownRefusals: ReadonlySet<string> = new Set(refusalCodes);

function isRefusalCode(code: string): code is RefusalCode {
  return knownRefusals.has(code);
}

/** The write can never be stored as it is. A code from a newer server counts as `bad-write`, and stays in the message. */
export function readRefused(message: proto.Refused): Extract<AppendOutcome, { kind: 'refused' }> {
  const { code, message: text } = message;
  return isRefusalCode(code)
    ? { kind: 'refused', code, message: text }
    : { kind: 'refused', code: 'bad-write', message: `${code}: ${text}` };
}

/** A page of a stream. */
export function readStreamPage(message: proto.ReadStreamResponse): StreamPage {
  return { events: message.events.map(readRecordedEvent), atEnd: message.atEnd };
}

/** A page of a log, in the one form or in the other: a server may not have rows. */
export function readLogPage(log: LogName, message: proto.ReadLogResponse): LogPage {
  const { rows, events } = message;
  return {
    events: rows.length === 0 ? events.map(readRecordedEvent) : rows.flatMap((some) => fromRows(log, some)),
    ...readScan(message),
  };
}

/** A page of a subscription. */
export function readSubscribePage(message: proto.SubscribeResponse): LogPage {
  return { events: message.events.map(readRecordedEvent), ...readScan(message) };
}

/** A page of positions that were asked for after `after`. */
export function readPositionPage(after: Position, message: proto.ReadPositionsResponse): PositionPage {
  let at: number = after;
  const positions = message.steps.map((step) => {
    at += step;
    return field('steps', position, at);
  });
  return { positions, ...readScan(message) };
}

function readScan(message: Pick<proto.ReadLogResponse, 'scannedTo' | 'head' | 'incarnation'>): LogScan {
  return {
    scannedTo: field('scanned_to', position, message.scannedTo),
    head: field('head', position, message.head),
    incarnation: field('incarnation', incarnation, message.incarnation),
  };
}

/** Where a log stands. */
export function readHead(message: proto.HeadResponse): LogHead {
  return {
    log: readLogName(message.log),
    position: field('position', position, message.position),
    incarnation: field('incarnation', incarnation, message.incarnation),
  };
}
