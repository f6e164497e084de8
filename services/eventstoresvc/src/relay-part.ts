/**
 * The relay as a part of this process that may come late: events are appended whether the broker is there or not, so
 * starting never waits for it. Connecting goes on in the background until it succeeds or the process stops.
 */
import type { Incarnation, RecordedEvent } from '@eventstream/contracts';
import type { Relay } from '@eventstream/messaging/relay';
import { type Log, messageOf, type Readiness, type Ready, type Service } from '@eventstream/platform';

/** A relay that has its broker. */
export interface ConnectedRelay {
  readonly relay: Relay;
  /** Lets go of the broker, after the relay has stopped. */
  disconnect(): Promise<void>;
}

/** What the part is made of. */
export interface RelayPartOptions {
  /** Connects to the broker, however long that takes. Called again when it rejects. */
  readonly connect: () => Promise<ConnectedRelay>;
  readonly log: Log;
}

/** Between two attempts to connect. */
const retryMs = 1_000;

/** The relay and its way to the broker. */
export class RelayPart implements Service {
  readonly name = 'relay';
  readonly #options: RelayPartOptions;
  #connected: ConnectedRelay | undefined;
  #waitingFor = 'nats-server does not answer yet';
  #retryTimer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: RelayPartOptions) {
    this.#options = options;
  }

  /** Begins to connect, and answers at once. */
  async start(): Promise<void> {
    void this.#connect();
  }

  /** Publishes no more, waits for what is under way, and disconnects. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#retryTimer);
    await this.#connected?.relay.stop();
    await this.#connected?.disconnect();
    this.#connected = undefined;
  }

  /** Tells the relay of events that were just committed. Before it is connected it reads them from the store instead. */
  offer(events: readonly RecordedEvent[], incarnation: Incarnation): void {
    this.#connected?.relay.offer(events, incarnation);
  }

  /** Whether events get published. Optional: appending goes on without. */
  readiness(): Readiness {
    return { name: this.name, optional: true, check: async () => this.#check() };
  }

  #check(): Ready | Promise<Ready> {
    if (this.#connected) return this.#connected.relay.readiness().check();
    const reason = `events are stored but not published: ${this.#waitingFor}`;
    return { ok: false, reason, nextStep: 'start nats-server with JetStream; the relay goes on by itself' };
  }

  async #connect(): Promise<void> {
    try {
      const connected = await this.#options.connect();
      if (this.#stopped) return await connected.disconnect();
      this.#connected = connected;
      await connected.relay.start();
    } catch (error) {
      if (this.#stopped) return;
      this.#waitingFor = messageOf(error);
      this.#options.log.warn({ err: error }, 'the relay cannot reach its broker; events are stored meanwhile');
      this.#retryTimer = setTimeout(() => void this.#connect(), retryMs);
    }
  }
}
