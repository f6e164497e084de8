/**
 * The relay as a part of this process that may come late: events are appended whether the broker is there or not, so
 * starting waits for it a moment only. Connecting goes on in the background until it succeeds or the process stops.
 *
 * The moment is for a store that was restored while this process was down: what the broker has beyond it is overwritten
 * by the first append, and can be imported no more. So appends are held until broker and store have been compared, or the
 * broker turns out not to answer, and again whenever they do not fit.
 */

import type { Incarnation, RecordedEvent } from '@eventstream/contracts';
import type { Look, Relay, RelayHalt } from '@eventstream/messaging/relay';
import { type Logger, messageOf, type Part, type Readiness, type Ready } from '@eventstream/platform';

/** A relay that has its broker. */
export interface ConnectedRelay {
  readonly relay: Pick<Relay, 'start' | 'stop' | 'offer' | 'checks'>;
  /** Lets go of the broker, after the relay has stopped. */
  disconnect(): Promise<void>;
}

/** What the part is made of. */
export interface RelayPartOptions {
  /** Connects to the broker, however long that takes, for a relay that tells `onLook`. Called again when it rejects. */
  readonly connect: (onLook: (look: Look) => void) => Promise<ConnectedRelay>;
  /** Refuses appends for this reason; undefined: takes them. Called at once. */
  readonly holdAppends: (reason: string | undefined) => void;
  readonly logger: Logger;
  /** So long the first appends wait for a broker that does not answer: orders are taken without one. Default 2 s. */
  readonly brokerPatienceMs?: number;
}

/** Between two attempts to connect. */
const retryMs = 1_000;

/** The relay and its way to the broker. */
export class RelayPart implements Part {
  readonly name = 'relay';
  /** Whether events get published, and into what it should be. Optional: appending goes on without. */
  readonly checks: readonly [Readiness, Readiness] = [
    { name: this.name, optional: true, check: async () => this.#check() },
    {
      name: 'broker copy',
      optional: true,
      check: async () => this.#connected?.relay.checks[1].check() ?? { ok: true },
    },
  ];
  readonly #options: RelayPartOptions;
  #connected: ConnectedRelay | undefined;
  #waitingFor = 'nats-server does not answer yet';
  #retryTimer: NodeJS.Timeout | undefined;
  #stopped = false;
  /** Within the patience: a broker that is being started too may refuse to answer at first. */
  #isPatient = true;
  /** Broker and store have been compared at least once. */
  #isCompared = false;
  /** Why the log must not be written to, if it must not. */
  #halt: RelayHalt | undefined;
  /** Also when there was nothing to be seen for too long. */
  readonly #looked = Promise.withResolvers<void>();

  constructor(options: RelayPartOptions) {
    this.#options = options;
    options.holdAppends('it has not been compared with the broker’s copy yet');
  }

  /** Begins to connect, and answers when broker and store have been compared; soon, if that cannot be done now. */
  async start(): Promise<void> {
    void this.#connect();
    const patience = setTimeout(() => this.#looked.resolve(), this.#options.brokerPatienceMs ?? 2_000);
    await this.#looked.promise;
    clearTimeout(patience);
    this.#isPatient = false;
    if (this.#connected === undefined) this.#saw({ kind: 'brokerSilent' });
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

  #check(): Ready | Promise<Ready> {
    if (this.#halt) return { ok: false, reason: this.#halt.reason, nextStep: this.#halt.nextStep };
    if (this.#connected) return this.#connected.relay.checks[0].check();
    const reason = `events are stored but not published: ${this.#waitingFor}`;
    return { ok: false, reason, nextStep: 'start nats-server with JetStream; the relay goes on by itself' };
  }

  #saw(look: Look): void {
    // A broker that cannot be asked keeps nobody from writing, unless it has said before that the store went back.
    if (look.kind === 'brokerSilent' && (this.#isPatient || this.#isCompared)) return;
    if (look.kind !== 'brokerSilent') this.#isCompared = true;
    this.#looked.resolve();
    this.#halt = look.kind === 'halted' && isWrittenOver(look) ? look : undefined;
    const { code, reason, nextStep } = this.#halt ?? {};
    this.#options.holdAppends(this.#halt && `[${code}] ${reason}; ${nextStep}`);
  }

  async #connect(): Promise<void> {
    try {
      const connected = await this.#options.connect((look) => this.#saw(look));
      if (this.#stopped) return await connected.disconnect();
      this.#connected = connected;
      await connected.relay.start();
    } catch (error) {
      if (this.#stopped) return;
      this.#waitingFor = messageOf(error);
      this.#saw({ kind: 'brokerSilent' });
      this.#options.logger.warn({ err: error }, 'the relay cannot reach its broker; events are stored meanwhile');
      this.#retryTimer = setTimeout(() => void this.#connect(), retryMs);
    }
  }
}

/** An append would take the place of an event that the broker still has, or go on behind one that is not the broker's. */
function isWrittenOver({ code }: RelayHalt): boolean {
  return code === 'relay_broker_ahead' || code === 'relay_other_event';
}
