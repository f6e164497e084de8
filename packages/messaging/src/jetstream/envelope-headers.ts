/**
 * An event's envelope as message headers, and back. The body is the event's data, byte for byte.
 *
 * What CloudEvents 1.0 has a name for uses that name in binary mode (`ce-id`, `ce-type`, `ce-source`, `ce-subject`,
 * `ce-time`); what it lacks is `eventstream-…`; metadata is `meta-<name>`, except `traceparent`, which keeps its W3C
 * name so that any tracing tool finds it. Values are percent-encoded as CloudEvents' bindings ask
 * (HTTP protocol binding 1.0.2, section 3.1.3.2), so any printable text survives.
 */
import {
  eventId,
  eventType,
  incarnation,
  logName,
  metadataKeys,
  position,
  type RecordedEvent,
  revision,
  streamName,
} from '@eventstream/contracts';
import { CodedError, messageOf } from '@eventstream/platform';
import { type MsgHdrs, MsgHdrsImpl } from '@nats-io/transport-node';
import type { Envelope } from '../port.ts';
import type { HeaderFields } from './wire-headers.ts';

const sourcePrefix = '/logs/';
const metadataPrefix = 'meta-';
const plainValuePattern = /^[!#$&-~]*$/;
/** As `toISOString` writes it, far years included. */
const timePattern = /^(?:[+-]\d\d)?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** nats-server's word for what it left out, at a consumer that somebody has told to leave the bodies out. */
const withoutBodyHeader = 'Nats-Msg-Size';

/** The broker keeps at most this much of headers per message (nats-server, error 10097), less some room for its own. */
export const headerBytesMax = 65_535 - 1_024;

/** The envelope as header names and values. A stub carries no metadata, so that it always fits. */
export function envelopeHeaders(envelope: Envelope): Record<string, string> {
  const { event } = envelope;
  const headers: Record<string, string> = {
    'ce-specversion': '1.0',
    'ce-id': event.id,
    'ce-type': event.type,
    'ce-source': sourcePrefix + event.log,
    'ce-subject': event.stream,
    'ce-time': timeText(event.recordedAtMs),
    'eventstream-position': String(event.position),
    'eventstream-revision': String(event.revision),
    'eventstream-incarnation': envelope.incarnation,
  };
  if (envelope.stub) return { ...headers, 'eventstream-stub': 'body in store' };
  headers['content-type'] = 'application/json';
  for (const [name, value] of Object.entries(event.metadata)) headers[metadataHeader(name)] = encodeValue(value);
  return headers;
}

/**
 * The event of a stored message. Throws `envelope_malformed` when the message is not one of ours.
 * @param data the message's body.
 */
export function parseEnvelope(fields: HeaderFields, data: Uint8Array): Envelope {
  try {
    return parse(fields, data);
  } catch (error) {
    throw new CodedError('envelope_malformed', `a message does not carry an event: ${messageOf(error)}`, {
      cause: error,
      nextStep: 'only the relay may publish to the log; find out who else does',
    });
  }
}

/** The id in a message's headers, or undefined when it is not one of ours. */
export function envelopeId(headers: MsgHdrs | undefined): string | undefined {
  return headers?.get('ce-id') || undefined;
}

/**
 * Headers for sending, kept as the very bytes that go out: `NATS/1.0` and a blank line around lines of `name: value`,
 * all of it ASCII. The client's own class would keep names and values, check each, and join their text at the end.
 */
export class EncodedHeaders extends MsgHdrsImpl {
  readonly bytes: Uint8Array;

  constructor(record: Readonly<Record<string, string>>) {
    super();
    let text = 'NATS/1.0\r\n';
    for (const name in record) text += `${name}: ${record[name] ?? ''}\r\n`;
    this.bytes = Buffer.from(`${text}\r\n`, 'latin1');
  }

  override encode(): Uint8Array {
    return this.bytes;
  }
}

function parse(fields: HeaderFields, data: Uint8Array): Envelope {
  /** Of a name that comes twice the first counts. */
  const found = new Map<string, string>();
  const metadata: [name: string, value: string][] = [];
  for (const [name, value] of fields) {
    const metadataName = metadataNameOf(name);
    if (metadataName !== undefined) metadata.push([metadataName, decodeValue(value)]);
    else if (!found.has(name)) found.set(name, value);
  }
  const source = found.get('ce-source') ?? '';
  if (!source.startsWith(sourcePrefix)) throw new Error(`ce-source is ${JSON.stringify(source.slice(0, 80))}`);
  const event: RecordedEvent = {
    id: eventId(found.get('ce-id')),
    type: eventType(found.get('ce-type')),
    log: logName(source.slice(sourcePrefix.length)),
    stream: streamName(found.get('ce-subject')),
    position: position(wholeNumber(found.get('eventstream-position'))),
    revision: revision(wholeNumber(found.get('eventstream-revision'))),
    recordedAtMs: parseTime(found.get('ce-time')),
    data,
    // As own properties, whatever they are called: an assignment to __proto__ would do something else.
    metadata: Object.fromEntries(metadata),
  };
  return {
    event,
    incarnation: incarnation(found.get('eventstream-incarnation')),
    stub: found.has('eventstream-stub') || found.has(withoutBodyHeader),
  };
}

let latestTime = { ms: 0, text: new Date(0).toISOString() };

/** The events of one commit, which go out together, have the same time. */
function timeText(ms: number): string {
  if (ms !== latestTime.ms) latestTime = { ms, text: new Date(ms).toISOString() };
  return latestTime.text;
}

function metadataHeader(name: string): string {
  return name === metadataKeys.traceparent ? name : metadataPrefix + name;
}

function metadataNameOf(header: string): string | undefined {
  if (header === metadataKeys.traceparent) return header;
  return header.startsWith(metadataPrefix) ? header.slice(metadataPrefix.length) : undefined;
}

function decodeValue(value: string): string {
  return value.includes('%') ? decodeURIComponent(value) : value;
}

function encodeValue(value: string): string {
  if (plainValuePattern.test(value)) return value;
  return value.replace(/[^!#$&-~]+/gu, (run) => encodeURIComponent(run));
}

function wholeNumber(text: string | undefined): number {
  if (text === undefined || !/^\d{1,16}$/.test(text)) throw new Error(`${JSON.stringify(text)} is not a number`);
  return Number(text);
}

function parseTime(text: string | undefined): number {
  const ms = text !== undefined && timePattern.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new Error(`ce-time ${JSON.stringify(text)} is not a time`);
  return ms;
}
