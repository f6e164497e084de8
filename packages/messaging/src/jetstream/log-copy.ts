/**
 * A log's copy as a JetStream stream of the same name: sequence = position. Every message is fenced
 * (`outgoing-messages.ts`), so whoever publishes from an outdated view is refused. Server 2.9.10 is enough.
 *
 * On a stream of a single server all messages behind one that was refused are refused as well: a window then needs one
 * answer, and only a window that was refused needs all of them. On a replicated stream every message needs its own.
 */
import {
  eventId,
  type Incarnation,
  isUuid,
  type LogName,
  type Position,
  position,
  type RecordedEvent,
} from '@eventstream/contracts';
import { CodedError, messageOf } from '@eventstream/platform';
import { type JetStreamManager, jetstreamManager, type StreamInfo } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { foreignCopy } from '../foreign-copy.ts';
import type { CopyState, Envelope, LogCopyAdmin, PublishOutcome } from '../port.ts';
import { ConnectionWatch } from './connection-watch.ts';
import { envelopeId, parseEnvelope } from './envelope-headers.ts';
import { OutgoingMessages } from './outgoing-messages.ts';
import { serverCodes, undefinedFor } from './server-codes.ts';
import {
  compareConfiguration,
  type Drift,
  defaultStreamSettings,
  driftOf,
  ownershipOf,
  type StreamSettings,
  wantedConfiguration,
} from './stream-configuration.ts';
import { type Outgoing, type Reply, WindowPublisher } from './window-publisher.ts';
import { fieldsOfHeaders } from './wire-headers.ts';

/** How a copy is made and talked to. */
export interface JetStreamLogCopyOptions {
  readonly connection: NatsConnection;
  readonly log: LogName;
  readonly settings?: Partial<StreamSettings>;
  /** How long a publish may stay unanswered before it is in doubt. Default 5 s. */
  readonly ackWaitMs?: number;
}

/** A `LogCopy` with what the bootstrapper and the commands need beside it. */
export interface JetStreamLogCopy extends LogCopyAdmin {
  /** How the stream differs from the wanted configuration; empty when it does not or is missing. Rejects when it is foreign. */
  drifts(life: Incarnation): Promise<readonly Drift[]>;
  /** Lets go of its subscription; the connection stays the caller's. */
  close(): void;
}

/** Opens the copy of a log. Rejects when JetStream is not enabled at the server. */
export async function openJetStreamLogCopy(options: JetStreamLogCopyOptions): Promise<JetStreamLogCopy> {
  const manager = await jetstreamManager(options.connection, { checkAPI: false });
  return new StreamLogCopy(options, manager);
}

class StreamLogCopy implements JetStreamLogCopy {
  readonly #options: JetStreamLogCopyOptions;
  readonly #settings: StreamSettings;
  readonly #manager: JetStreamManager;
  readonly #watch: ConnectionWatch;
  readonly #publisher: WindowPublisher;
  readonly #messages: OutgoingMessages;

  constructor(options: JetStreamLogCopyOptions, manager: JetStreamManager) {
    this.#options = options;
    this.#settings = { ...defaultStreamSettings, ...options.settings };
    this.#manager = manager;
    this.#watch = new ConnectionWatch(options.connection);
    this.#publisher = new WindowPublisher(options.connection, this.#watch, options.ackWaitMs ?? 5_000);
    const { connection, log } = options;
    this.#messages = new OutgoingMessages({ connection, log, messageBytesMax: this.#settings.messageBytesMax });
  }

  async inspect(): Promise<CopyState> {
    this.#messages.forgetLast();
    return this.#watch.whileConnected(() => this.#inspect());
  }

  async create(life: Incarnation): Promise<void> {
    const { log } = this.#options;
    const state = await this.inspect();
    if (state.kind === 'foreign') throw foreignCopy(log, state);
    if (state.kind === 'missing') await this.#add(life);
    else if (state.incarnation !== life) {
      throw new CodedError('stream_other_incarnation', `stream ${log} belongs to another life of the log`, {
        details: { log, wanted: life, found: state.incarnation },
        nextStep: '`npx eventstream log import` or `npx eventstream log new-incarnation`',
      });
    }
  }

  async publish(events: readonly RecordedEvent[], life: Incarnation): Promise<PublishOutcome> {
    const messages: Outgoing[] = [];
    let refused: { position: Position; reason: string } | undefined;
    for (const event of events) {
      const message = this.#messages.of({ event, incarnation: life, stub: false });
      if (typeof message === 'string') {
        refused = { position: event.position, reason: message };
        break;
      }
      messages.push(message);
    }
    const outcome = await this.#send(events.slice(0, messages.length), messages);
    return outcome.kind === 'published' && refused !== undefined ? { kind: 'unpublishable', ...refused } : outcome;
  }

  async publishStub(event: RecordedEvent, life: Incarnation): Promise<PublishOutcome> {
    const message = this.#messages.of({ event, incarnation: life, stub: true });
    if (typeof message === 'string') return { kind: 'unpublishable', position: event.position, reason: message };
    return outcomeOf([event], await this.#publisher.send([message]));
  }

  /** After a refusal every message's answer is needed: the first one refused decides what follows. */
  async #send(events: readonly RecordedEvent[], messages: readonly Outgoing[]): Promise<PublishOutcome> {
    if (!this.#messages.isAlone) return outcomeOf(events, await this.#publisher.send(messages));
    const reply = await this.#publisher.sendChain(messages);
    if (reply !== undefined && reply.kind !== 'refused') return outcomeOf(events.slice(-1), [reply]);
    return outcomeOf(events, await this.#publisher.send(messages));
  }

  async read(at: Position): Promise<Envelope | undefined> {
    if (at < 1) return undefined;
    const asked = this.#manager.streams.getMessage(this.#options.log, { seq: at });
    const message = await asked.catch(undefinedFor(serverCodes.streamNotFound));
    return message ? parseEnvelope(fieldsOfHeaders(message.header), message.data) : undefined;
  }

  async destroy(): Promise<void> {
    const state = await this.inspect();
    if (state.kind === 'foreign') throw foreignCopy(this.#options.log, state);
    if (state.kind === 'ours') await this.#manager.streams.delete(this.#options.log);
  }

  async drifts(life: Incarnation): Promise<readonly Drift[]> {
    const { log } = this.#options;
    const info = await this.#info();
    if (info === undefined) return [];
    this.#messages.isAlone = info.config.num_replicas === 1;
    const owner = ownershipOf(log, info.config);
    if (owner.kind === 'foreign') throw foreignCopy(log, owner);
    return compareConfiguration(wantedConfiguration(log, life, this.#settings), info.config);
  }

  close(): void {
    this.#publisher.close();
  }

  async #inspect(): Promise<CopyState> {
    const { log } = this.#options;
    const info = await this.#info();
    if (info === undefined) return this.#whoHoldsOurSubjects();
    this.#messages.isAlone = info.config.num_replicas === 1;
    const owner = ownershipOf(log, info.config);
    if (owner.kind === 'foreign') return owner;
    const { first_seq, last_seq, messages } = info.state;
    const last = messages === 0 ? undefined : await this.#manager.streams.getMessage(log, { seq: last_seq });
    const lastId = envelopeId(last?.header);
    // Somebody else's message is at the end. If it were ignored, the event of that position would never be published.
    if (last !== undefined && !isUuid(lastId))
      return {
        kind: 'foreign',
        found: `message ${last_seq} of stream ${log}, which is no event`,
        // The server deletes no message of it, purges none, and lets nobody allow that again.
        nextStep: `it cannot be removed alone: find out who publishes to ${log}.*, then \`nats stream rm ${log}\`; the stream is made anew and filled from the log`,
      };
    return {
      kind: 'ours',
      incarnation: owner.incarnation,
      first: position(messages === 0 ? last_seq + 1 : first_seq),
      last: position(last_seq),
      lastId: isUuid(lastId) ? eventId(lastId) : undefined,
      messageBytesMax: this.#messages.bytesMax(info.config.max_msg_size),
      drift: driftOf(wantedConfiguration(log, owner.incarnation, this.#settings), info.config),
    };
  }

  #info(): Promise<StreamInfo | undefined> {
    return this.#manager.streams.info(this.#options.log).catch(undefinedFor(serverCodes.streamNotFound));
  }

  /** A stream of another name that takes `<LOG>.*` would swallow our events, and the server would refuse ours. */
  async #whoHoldsOurSubjects(): Promise<CopyState> {
    const names = await this.#manager.streams.names(`${this.#options.log}.*`).next();
    const [name] = names;
    if (name === undefined) return { kind: 'missing' };
    return {
      kind: 'foreign',
      found: `stream ${name}, which takes its subjects ${this.#options.log}.*`,
      nextStep: `it is left untouched; take these subjects from it with \`nats stream edit ${name}\`, or give eventstream its own NATS account`,
    };
  }

  async #add(life: Incarnation): Promise<void> {
    try {
      const { config } = await this.#manager.streams.add(wantedConfiguration(this.#options.log, life, this.#settings));
      this.#messages.isAlone = config.num_replicas === 1;
    } catch (error) {
      // Another process may have made it between our look and our attempt.
      const state = await this.inspect();
      if (state.kind === 'ours' && state.incarnation === life) return;
      throw new CodedError('stream_not_made', `stream ${this.#options.log} could not be made: ${messageOf(error)}`, {
        cause: error,
        nextStep: 'give nats-server as much file storage as max_bytes asks for, and the account its rights',
      });
    }
  }
}

/** Folds the replies to a prefix of `events`: all is well up to the first that isn't stored where it belongs. */
function outcomeOf(events: readonly RecordedEvent[], replies: readonly Reply[]): PublishOutcome {
  let last: Position | undefined;
  for (const [at, reply] of replies.entries()) {
    const event = events[at];
    if (event === undefined) break;
    if (reply.kind === 'unknown') return { kind: 'doubt', last, reason: reply.reason };
    if (reply.kind === 'refused') {
      const reason = `${reply.description} (${reply.code})`;
      const never = reply.code === serverCodes.messageTooLarge || reply.code === serverCodes.headersTooLarge;
      return never ? { kind: 'unpublishable', position: event.position, reason } : { kind: 'doubt', last, reason };
    }
    if (reply.sequence !== event.position) {
      const reason = `position ${event.position} is stored at sequence ${reply.sequence}`;
      return { kind: 'doubt', last, reason };
    }
    last = event.position;
  }
  return { kind: 'published', last: last ?? position(Math.max(0, (events[0]?.position ?? 1) - 1)) };
}
