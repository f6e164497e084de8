/**
 * nats-server as a part of a process, although it may come late: starting never waits for it, and what can be done
 * without a broker is done meanwhile. Connecting goes on in the background until it succeeds or the process stops.
 */
import type { LogName } from '@eventstream/contracts';
import {
  CodedError,
  type Logger,
  messageOf,
  type Part,
  type Readiness,
  type Ready,
  withoutPassword,
} from '@eventstream/platform';
import { systemScheduler, waitFor } from '@eventstream/platform/scheduler';
import type { NatsConnection } from '@nats-io/transport-node';
import type { BrokerLag, ConsumerSource, Hearsay } from '../port.ts';
import { openBrokerLag } from './broker-lag.ts';
import { connectNats, natsReadiness } from './connect-nats.ts';
import { openJetStreamConsumerSource } from './consumer-source.ts';
import { openHearsay } from './hearsay.ts';
import { LateConsumer } from './late-consumer.ts';
import { lateHearsay } from './late-hearsay.ts';

/** Which server, and under which name it shows us. */
export interface NatsBrokerOptions {
  /** `nats://[user:password@]host:port`, several separated by commas. */
  readonly url: string;
  readonly name: string;
  readonly logger: Logger;
}

/** A broker that may not be there yet. */
export interface NatsBroker extends Part {
  readonly checks: readonly [Readiness];
  /** Consumers that wait for the broker as they wait for everything else. */
  readonly consumers: ConsumerSource;
  /** Events as they are published. */
  readonly hearsay: Hearsay;
  /** Rejects with `broker_unavailable` until it is there. */
  lagOf(log: LogName): BrokerLag;
}

const retryMs = 500;

/** Makes the part. Nothing is connected before `start`. */
export function natsBroker(options: NatsBrokerOptions): NatsBroker {
  return new LateNats(options);
}

class LateNats implements NatsBroker {
  readonly name = 'nats';
  readonly checks: readonly [Readiness] = [{ name: this.name, check: async () => this.#check() }];
  readonly consumers: ConsumerSource;
  readonly hearsay: Hearsay;
  readonly #options: NatsBrokerOptions;
  readonly #stopping = new AbortController();
  readonly #source = Promise.withResolvers<ConsumerSource>();
  readonly #hearsay = Promise.withResolvers<Hearsay>();
  #connection: NatsConnection | undefined;
  #connecting: Promise<void> = Promise.resolve();
  /** Why the last attempt failed; undefined before the first has. */
  #fault: string | undefined;

  constructor(options: NatsBrokerOptions) {
    this.#options = options;
    this.consumers = {
      consume: async (...wish) => new LateConsumer(this.#source.promise.then((source) => source.consume(...wish))),
    };
    this.hearsay = lateHearsay(this.#hearsay.promise);
  }

  async start(): Promise<void> {
    this.#connecting = this.#connect();
  }

  /** What was acked has been sent when this resolves. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#connecting;
    if (this.#connection?.isClosed() === false) await this.#connection.drain();
  }

  lagOf(log: LogName): BrokerLag {
    let opened: Promise<BrokerLag> | undefined;
    const open = (): Promise<BrokerLag> => {
      if (this.#connection === undefined) {
        const { reason, nextStep } = this.#waiting();
        throw new CodedError('broker_unavailable', reason, { nextStep });
      }
      opened ??= openBrokerLag(this.#connection, log);
      return opened;
    };
    return {
      copyLast: async () => (await open()).copyLast(),
      consumerLag: async (name) => (await open()).consumerLag(name),
    };
  }

  async #connect(): Promise<void> {
    const { url, name, logger } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const connection = await connectNats({ url, name, logger, waitForServer: false });
        this.#connection = connection;
        this.#hearsay.resolve(openHearsay(connection, logger));
        this.#source.resolve(await openJetStreamConsumerSource({ connection, logger }));
        return;
      } catch (error) {
        const fault = messageOf(error);
        if (fault !== this.#fault) logger.warn({ url: withoutPassword(url), reason: fault }, 'waiting for the broker');
        this.#fault = fault;
        await waitFor(systemScheduler, retryMs, signal);
      }
    }
  }

  async #check(): Promise<Ready> {
    return this.#connection === undefined ? this.#waiting() : natsReadiness(this.#connection).check();
  }

  #waiting(): Extract<Ready, { ok: false }> {
    if (this.#fault === undefined) return { ok: false, reason: 'the connection is starting' };
    const reason = `waiting for the broker at ${withoutPassword(this.#options.url)}: ${this.#fault}`;
    return { ok: false, reason, nextStep: 'start nats-server; we connect by ourselves' };
  }
}
