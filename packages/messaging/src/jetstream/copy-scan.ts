/**
 * Reads a log's JetStream stream from end to end, in batches, through an ephemeral consumer without acks.
 * Such a consumer delivers each message once: what a broken connection swallowed shows as a gap in its own count of
 * deliveries, and the scan goes on behind the last message it got with a new consumer.
 */
import { type LogName, type Position, position } from '@eventstream/contracts';
import { CodedError, messageOf } from '@eventstream/platform';
import {
  AckPolicy,
  type Consumer,
  DeliverPolicy,
  type JetStreamManager,
  type JsMsg,
  jetstreamManager,
} from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/transport-node';
import type { CopiedMessage, CopyScan } from '../port.ts';
import { parseEnvelope } from './envelope-headers.ts';
import { fieldsOfMessage } from './wire-headers.ts';

/** A process can hold so many even if each has the largest size that the stream takes. */
const batchMessagesMax = 250;
/** How long a batch may take before what has come of it is used. */
const batchWithinMs = 5_000;
/** The server removes a consumer that nobody has asked for so long; a slow comparison must not lose it. */
const forgottenAfterMs = 120_000;
/** After so many batches in a row in which nothing came the broker counts as silent. */
const triesMax = 3;

/** A scan of the log's stream; the connection stays the caller's. */
export async function openCopyScan({
  connection,
  log,
}: {
  readonly connection: NatsConnection;
  readonly log: LogName;
}): Promise<CopyScan> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  return { scan: (first, last) => scan(manager, log, { first, last }) };
}

async function* scan(
  manager: JetStreamManager,
  log: LogName,
  { first, last }: { readonly first: Position; readonly last: Position },
): AsyncGenerator<readonly CopiedMessage[]> {
  let next: number = first;
  let inVain = 0;
  while (next <= last) {
    const reader = await openReader(manager, log, next);
    let complete = true;
    while (complete && reader.pending > 0) {
      const batch = await nextBatch(reader, last);
      complete = batch.trouble === undefined;
      inVain = batch.messages.length > 0 ? 0 : inVain + 1;
      if (inVain === triesMax) throw silent(log, next, batch.trouble);
      next = (batch.messages.at(-1)?.position ?? next - 1) + 1;
      if (batch.messages.length > 0) yield batch.messages;
    }
    if (reader.pending === 0) return;
  }
}

interface Reader {
  readonly consumer: Consumer;
  /** Messages behind the last one taken, as the server counts them. */
  pending: number;
  /** Deliveries taken, by the consumer's own count. */
  delivered: number;
}

async function openReader(manager: JetStreamManager, log: LogName, from: number): Promise<Reader> {
  const { name, num_pending } = await manager.consumers.add(log, {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: from,
    inactive_threshold: nanos(forgottenAfterMs),
    mem_storage: true,
  });
  const consumer = await manager.jetstream().consumers.get(log, name);
  return { consumer, pending: num_pending, delivered: 0 };
}

interface Batch {
  readonly messages: readonly CopiedMessage[];
  /** Something that should have come did not: this reader is of no use any more. */
  readonly trouble: string | undefined;
}

/** The next messages up to `last`. A server that restarts forgets the reader. */
async function nextBatch(reader: Reader, last: Position): Promise<Batch> {
  const messages: CopiedMessage[] = [];
  const wanted = Math.min(batchMessagesMax, reader.pending);
  try {
    const batch = await reader.consumer.fetch({ max_messages: wanted, expires: batchWithinMs });
    for await (const message of batch) {
      const { deliverySequence, pending } = message.info;
      if (deliverySequence !== reader.delivered + 1) return { messages, trouble: 'deliveries were lost' };
      reader.delivered = deliverySequence;
      reader.pending = message.seq >= last ? 0 : pending;
      if (message.seq <= last) messages.push(copiedMessage(message));
      if (reader.pending === 0) break;
    }
  } catch (error) {
    return { messages, trouble: messageOf(error) };
  }
  return { messages, trouble: messages.length > 0 || reader.pending === 0 ? undefined : 'nothing came' };
}

function copiedMessage(message: JsMsg): CopiedMessage {
  const at = position(message.seq);
  try {
    const envelope = parseEnvelope(fieldsOfMessage(message), message.data);
    return { kind: 'event', position: at, subject: message.subject, ...envelope };
  } catch (error) {
    return { kind: 'unreadable', position: at, reason: messageOf(error) };
  }
}

function silent(log: LogName, at: number, trouble = ''): CodedError {
  return new CodedError('copy_silent', `the broker does not hand over log ${log} from position ${at} on: ${trouble}`, {
    details: { log, position: at },
    nextStep: 'see whether nats-server runs and answers, then try again',
  });
}
