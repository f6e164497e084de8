/**
 * The messages of a copy: an event's envelope, fenced by what must be at the end of the stream when it arrives.
 *
 * Each is fenced by `Nats-Expected-Last-Sequence`, so whoever publishes from an outdated view is refused, and named by
 * `Nats-Msg-Id`, so a retry is recognised. On a stream of a single server each also names the one before it
 * (`Nats-Expected-Last-Msg-Id`), so that when one is refused, or somebody else's message is in its place, all after it
 * are refused as well. A replicated stream does not allow that: each server judges a message by what it remembers
 * itself, a restarted one may have forgotten the last id, and servers that judge differently no longer hold the same
 * stream.
 */
import { type LogName, metadataFault, type RecordedEvent } from '@eventstream/contracts';
import { Empty, type NatsConnection } from '@nats-io/transport-node';
import type { Envelope } from '../port.ts';
import { EncodedHeaders, envelopeHeaders, headerBytesMax } from './envelope-headers.ts';
import type { Outgoing } from './window-publisher.ts';

/** What messages depend on. */
export interface OutgoingMessagesOptions {
  readonly connection: NatsConnection;
  readonly log: LogName;
  /** Of the stream, when it is made as it should be; 0 or less: no limit. */
  readonly messageBytesMax: number;
}

/** Makes the messages of one copy. */
export class OutgoingMessages {
  readonly #options: OutgoingMessagesOptions;
  /** The event that was sent last, whatever became of it: the next one must find it at the end of the stream. */
  #sent: RecordedEvent | undefined;
  /** The stream is known to be on one server alone. */
  isAlone = false;

  constructor(options: OutgoingMessagesOptions) {
    this.#options = options;
  }

  /** Somebody has looked what is at the end of the stream; a restarted server has forgotten the last id. */
  forgetLast(): void {
    this.#sent = undefined;
  }

  /** The message for an event, or why there can be none. */
  of({ event, incarnation, stub }: Envelope): Outgoing | string {
    const { log, messageBytesMax } = this.#options;
    // The type becomes the subject: one outside the log would reach other streams, or the server's own API.
    if (!event.type.startsWith(`${log}.`)) return `its type ${event.type} is not of this log`;
    const fault = stub ? undefined : metadataFault(event.metadata);
    if (fault !== undefined) return fault;
    const record = envelopeHeaders({ event, incarnation, stub });
    record['Nats-Msg-Id'] = event.id;
    record['Nats-Expected-Stream'] = event.log;
    record['Nats-Expected-Last-Sequence'] = String(event.position - 1);
    if (this.isAlone && this.#sent?.position === event.position - 1)
      record['Nats-Expected-Last-Msg-Id'] = this.#sent.id;
    const data = stub ? Empty : event.data;
    const headers = new EncodedHeaders(record);
    const bytes = headers.bytes.length;
    if (bytes > headerBytesMax) return `its headers have ${bytes} bytes, over the limit of ${headerBytesMax}`;
    const most = this.bytesMax(messageBytesMax);
    if (bytes + data.length > most) return `it has ${bytes + data.length} bytes, over the limit of ${most}`;
    this.#sent = event;
    return { subject: event.type, headers, data };
  }

  /** The server closes a connection that sends more than its `max_payload`, so both limits hold. */
  bytesMax(streamLimit: number): number {
    const serverLimit = this.#options.connection.info?.max_payload ?? Number.POSITIVE_INFINITY;
    return streamLimit > 0 ? Math.min(streamLimit, serverLimit) : serverLimit;
  }
}
