/**
 * The port's types as protobuf messages. Messages are written as literals and not through `create`, which costs several
 * times as much per event; the compiler checks the literals all the same.
 */

import type { NewEvent, Position, RecordedEvent } from '@eventstream/contracts';
import type * as proto from '@eventstream/contracts/eventstore';
import { ReadLogResponseSchema } from '@eventstream/contracts/eventstore';
import { type EncodedMessage, encodeWithBytes } from '@eventstream/platform/grpc';
import {
  type AppendOutcome,
  type LogPage,
  type LogScan,
  type PositionPage,
  type RowPage,
  StoreOverloaded,
  type StoreUnavailable,
  type StreamPage,
  type StreamWrite,
  type Write,
} from '../port.ts';

/** A write as the client sends it. */
export function writeMessage(write: Write): proto.Write {
  return {
    $typeName: 'eventstream.eventstore.v1.Write',
    log: write.log,
    streams: write.streams.map(streamWriteMessage),
  };
}

function streamWriteMessage(write: StreamWrite): proto.StreamWrite {
  const message: proto.StreamWrite = {
    $typeName: 'eventstream.eventstore.v1.StreamWrite',
    stream: write.stream,
    events: write.events.map(newEventMessage),
  };
  if (write.expected !== 'any') message.expectedRevision = BigInt(write.expected);
  return message;
}

function newEventMessage(event: NewEvent): proto.NewEvent {
  return {
    $typeName: 'eventstream.eventstore.v1.NewEvent',
    id: event.id,
    type: event.type,
    data: event.data,
    metadata: { ...event.metadata },
  };
}

/** An event as the server sends it. */
function recordedEventMessage(event: RecordedEvent): proto.RecordedEvent {
  return {
    $typeName: 'eventstream.eventstore.v1.RecordedEvent',
    id: event.id,
    log: event.log,
    position: BigInt(event.position),
    stream: event.stream,
    revision: BigInt(event.revision),
    type: event.type,
    data: event.data,
    metadata: { ...event.metadata },
    recordedAtMs: BigInt(event.recordedAtMs),
  };
}

/** What became of a write, without its correlation. */
export function outcomeMessage(outcome: AppendOutcome): proto.WriteResult['outcome'] {
  switch (outcome.kind) {
    case 'appended':
      return { case: 'appended', value: appendedMessage(outcome) };
    case 'conflict':
      return { case: 'conflict', value: conflictMessage(outcome) };
    case 'idReused':
      return { case: 'idReused', value: idReusedMessage(outcome) };
    case 'refused':
      return { case: 'refused', value: refusedMessage(outcome) };
  }
}

/** The stored places of a write. */
export function appendedMessage(outcome: Extract<AppendOutcome, { kind: 'appended' }>): proto.Appended {
  return {
    $typeName: 'eventstream.eventstore.v1.Appended',
    events: outcome.events.map((event) => ({
      $typeName: 'eventstream.eventstore.v1.AppendedEvent',
      position: BigInt(event.position),
      revision: BigInt(event.revision),
      recordedAtMs: BigInt(event.recordedAtMs),
    })),
    repeated: outcome.repeated,
    incarnation: outcome.incarnation,
  };
}

/** The stream has moved on. */
function conflictMessage(outcome: Extract<AppendOutcome, { kind: 'conflict' }>): proto.RevisionConflict {
  return {
    $typeName: 'eventstream.eventstore.v1.RevisionConflict',
    stream: outcome.stream,
    expected: BigInt(outcome.expected),
    actual: BigInt(outcome.actual),
  };
}

/** The id is known with other content. */
function idReusedMessage(outcome: Extract<AppendOutcome, { kind: 'idReused' }>): proto.IdReused {
  return { $typeName: 'eventstream.eventstore.v1.IdReused', eventId: outcome.eventId };
}

/** The write can never be stored as it is. */
export function refusedMessage(refusal: { readonly code: string; readonly message: string }): proto.Refused {
  return { $typeName: 'eventstream.eventstore.v1.Refused', code: refusal.code, message: refusal.message };
}

/** The store could not take the write: nothing was stored when it was overloaded, else nobody knows. */
export function unavailableMessage(error: StoreOverloaded | StoreUnavailable): proto.Unavailable {
  const overloaded = error instanceof StoreOverloaded;
  return {
    $typeName: 'eventstream.eventstore.v1.Unavailable',
    overloaded,
    message: error.message,
    queued: overloaded ? BigInt(error.queued) : 0n,
  };
}

/** A page of a stream. */
export function streamPageMessage(page: StreamPage): proto.ReadStreamResponse {
  return {
    $typeName: 'eventstream.eventstore.v1.ReadStreamResponse',
    events: page.events.map(recordedEventMessage),
    atEnd: page.atEnd,
  };
}

/** A page of a log. */
export function logPageMessage(page: LogPage): proto.ReadLogResponse {
  return {
    $typeName: 'eventstream.eventstore.v1.ReadLogResponse',
    events: page.events.map(recordedEventMessage),
    rows: [],
    ...scanFields(page),
  };
}

/** A page of a log, with its events as rows. */
export function rowPageMessage({ rows, ...page }: RowPage): EncodedMessage<typeof ReadLogResponseSchema> {
  return encodeWithBytes(ReadLogResponseSchema, scanFields(page), 'rows', rows);
}

/** Positions after `after`, as a page of them. */
export function positionPageMessage(after: Position, page: PositionPage): proto.ReadPositionsResponse {
  const { positions } = page;
  return {
    $typeName: 'eventstream.eventstore.v1.ReadPositionsResponse',
    steps: positions.map((at, index) => at - (positions[index - 1] ?? after)),
    ...scanFields(page),
  };
}

/** A page of a subscription. */
export function subscribePageMessage(page: LogPage): proto.SubscribeResponse {
  return {
    $typeName: 'eventstream.eventstore.v1.SubscribeResponse',
    events: page.events.map(recordedEventMessage),
    ...scanFields(page),
    caughtUp: page.scannedTo >= page.head,
  };
}

function scanFields({ scannedTo, head, incarnation }: LogScan) {
  return { scannedTo: BigInt(scannedTo), head: BigInt(head), incarnation };
}
