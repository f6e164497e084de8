/**
 * A durable pull consumer on JetStream that keeps itself alive. It runs a loop: make sure the durable consumer
 * exists, take deliveries until something is lost (connection, consumer, stream, another life of the log), begin again.
 * Callbacks, not iterators: 2.2 times the deliveries per second.
 */
import type { Incarnation, Position } from '@eventstream/contracts';
import { counter, type Logger, messageOf } from '@eventstream/platform';
import { systemScheduler, waitFor } from '@eventstream/platform/scheduler';
import type { ConsumerMessages, JetStreamClient, JetStreamManager, JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { Handover } from '../handover.ts';
import type { Consumer, ConsumerLag, ConsumerSpec, Delivery, LeftInHand } from '../port.ts';
import { lagOf } from './broker-lag.ts';
import type { ConnectionWatch } from './connection-watch.ts';
import { ensureDurable, incarnationNow, isAsSpecified } from './ensure-durable.ts';
import { GatheredAcks } from './gathered-acks.ts';
import { toDelivery } from './to-delivery.ts';

const lookAgainMs = 250;
const lookAgainAfterFaultMs = 500;
/** How often a running consumer makes sure that its stream is still the same. */
const checkMs = 2_000;
/** How often it makes sure that it is itself as it was made. */
const checkItselfMs = 6_000;
const idleHeartbeatMs = 5_000;
const pullExpiresMs = 30_000;
const pullMessagesMax = 1_000;

const unreadable = counter('messaging_unreadable_total', 'Messages in a log’s stream that are not events of ours', [
  'consumer',
]);
const restarts = counter('messaging_consumer_restarts_total', 'Times a consumer was opened again after a loss', [
  'consumer',
]);

/** What one is made of. The connection and what is asked over it stay the caller's. */
export interface DurableConsumerParts {
  readonly connection: NatsConnection;
  readonly logger: Logger;
  readonly manager: JetStreamManager;
  readonly client: JetStreamClient;
  readonly watch: ConnectionWatch;
  readonly spec: ConsumerSpec;
  readonly startAfter: () => Promise<Position>;
  readonly onDelivery: (delivery: Delivery) => void;
  readonly onLeft: (left: LeftInHand) => void;
}

/** Delivers from its start until it is stopped. */
export class DurableConsumer implements Consumer {
  readonly #parts: DurableConsumerParts;
  readonly #handover: Handover;
  readonly #acks: GatheredAcks;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #lastReason = '';
  #hasBegun = false;

  constructor(parts: DurableConsumerParts) {
    this.#parts = parts;
    const { onDelivery, spec } = parts;
    this.#handover = new Handover({ onDelivery, ackWaitMs: spec.ackWaitMs, scheduler: systemScheduler });
    const { unsettledMax, ackCovers } = spec;
    const coversAllBefore = ackCovers === 'allBefore';
    this.#acks = new GatheredAcks({ unsettledMax, coversAllBefore, scheduler: systemScheduler });
  }

  start(): void {
    this.#running = this.#run();
  }

  async lag(): Promise<ConsumerLag> {
    const { manager, spec, watch } = this.#parts;
    // The caller has other work to do, which must not wait for a connection that is gone.
    return lagOf(await watch.whileConnected(() => manager.consumers.info(spec.log, spec.name)));
  }

  pause(): void {
    this.#handover.pause();
  }

  resume(): void {
    this.#handover.resume();
  }

  async stop(): Promise<void> {
    this.#handover.stop();
    this.#acks.close();
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    // A connection that was closed on purpose never comes back.
    while (!signal.aborted && !this.#parts.connection.isClosed()) {
      try {
        const { manager, spec, startAfter, watch } = this.#parts;
        const footing = await watch.whileConnected(() => ensureDurable(manager, spec, startAfter));
        if (footing.kind === 'ready') {
          if (!this.#hasBegun && footing.left !== undefined) this.#parts.onLeft(footing.left);
          this.#hasBegun = true; // what is unsettled from now on is ours
          await this.#takeDeliveries(footing.incarnation);
        } else this.#say(footing.reason);
        await waitFor(systemScheduler, lookAgainMs, signal);
      } catch (error) {
        this.#say(messageOf(error), error);
        await waitFor(systemScheduler, lookAgainAfterFaultMs, signal);
      }
    }
  }

  /** Resolves when something is lost or the consumer is stopped. */
  async #takeDeliveries(life: Incarnation): Promise<void> {
    const { client, spec, watch } = this.#parts;
    const consumer = await watch.whileConnected(() => client.consumers.get(spec.log, spec.name));
    const messages = await consumer.consume({
      callback: (message) => this.#take(message),
      max_messages: Math.min(spec.unsettledMax, pullMessagesMax),
      idle_heartbeat: idleHeartbeatMs,
      expires: pullExpiresMs,
    });
    const done = new AbortController();
    const end = AbortSignal.any([done.signal, this.#stopping.signal]);
    const { promise: broken, resolve } = Promise.withResolvers<string>();
    const unwatch = watch.onBreak(resolve);
    try {
      const changes = [
        changeSeen(() => this.#otherLife(life), checkMs, end),
        changeSeen(() => this.#edited(), checkItselfMs, end),
      ];
      const lost = await Promise.race([lossOf(messages), broken, ...changes, aborted(end)]);
      if (lost === undefined) return;
      restarts.inc({ consumer: spec.name });
      this.#say(lost);
    } finally {
      done.abort();
      unwatch();
      await messages.close();
    }
  }

  async #otherLife(life: Incarnation): Promise<string | undefined> {
    const { manager, spec } = this.#parts;
    const now = await incarnationNow(manager, spec);
    if (now === life) return undefined;
    return now === undefined ? 'the stream is gone' : 'the stream belongs to another life of the log';
  }

  /** The client notices a consumer that is gone, but not one that was changed. Beginning again brings it back. */
  async #edited(): Promise<string | undefined> {
    const { manager, spec } = this.#parts;
    if (await isAsSpecified(manager, spec)) return undefined;
    return 'somebody has changed the consumer at the broker: it is brought back to what it has to be';
  }

  #take(message: JsMsg): void {
    const { spec } = this.#parts;
    const delivery = toDelivery(message, this.#acks);
    if (typeof delivery !== 'string') {
      if (spec.type === 'all' || spec.type === delivery.event.type) return this.#handover.receive(delivery);
      return message.ack(); // somebody has changed its filter: a handler must not be given events of other types
    }
    // Not an event of ours, so there is nothing to hand over; what the log has at this place is read from the store.
    unreadable.inc({ consumer: spec.name });
    this.#parts.logger.error({ consumer: spec.name, sequence: message.seq, reason: delivery }, 'skipped');
    message.ack();
  }

  /** Says why there are no deliveries, once per reason. */
  #say(reason: string, error?: unknown): void {
    if (reason === this.#lastReason || this.#stopping.signal.aborted) return;
    this.#lastReason = reason;
    this.#parts.logger.warn({ consumer: this.#parts.spec.name, reason, err: error }, 'the consumer has to begin again');
  }
}

/** Resolves with what was lost, when the client notices. */
async function lossOf(messages: ConsumerMessages): Promise<string> {
  for await (const notice of messages.status()) {
    switch (notice.type) {
      case 'heartbeats_missed':
      case 'consumer_not_found':
      case 'consumer_deleted':
      case 'stream_not_found':
      case 'no_responders':
        return `the client reports ${notice.type}`;
      default:
    }
  }
  return 'the client has stopped';
}

/** Looks again and again until something has changed, and says what; undefined at the end. Not being able to ask is not a change. */
async function changeSeen(
  look: () => Promise<string | undefined>,
  everyMs: number,
  end: AbortSignal,
): Promise<string | undefined> {
  for (;;) {
    await waitFor(systemScheduler, everyMs, end);
    if (end.aborted) return undefined;
    const change = await look().catch(() => undefined);
    if (change !== undefined) return change;
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
