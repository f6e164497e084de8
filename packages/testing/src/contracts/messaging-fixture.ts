/** What the messaging contract works with: events made up for it, and a consumer whose deliveries can be awaited. */
import { randomUUID } from 'node:crypto';
import {
  type EventType,
  eventId,
  eventType,
  type Incarnation,
  incarnation,
  type LogName,
  type Position,
  position,
  type RecordedEvent,
  revision,
  streamName,
} from '@eventstream/contracts';
import type {
  Consumer,
  ConsumerSource,
  ConsumerSpec,
  Delivery,
  Hearsay,
  LeftInHand,
  LogCopyAdmin,
} from '@eventstream/messaging';

/** One log at one broker, the test's own. */
export interface MessagingFixture {
  readonly log: LogName;
  readonly copy: LogCopyAdmin;
  readonly source: ConsumerSource;
  readonly hearsay: Hearsay;
  close(): Promise<void>;
}

/** How the fixture is opened. */
export interface MessagingFixtureOptions {
  /** Beyond it the copy forgets its oldest events. */
  readonly bytesMax?: number;
}

/** Makes a test of work on a fixture, which is closed afterwards. */
export type WithFixture = (
  work: (fixture: MessagingFixture) => Promise<void>,
  options?: MessagingFixtureOptions,
) => () => Promise<void>;

/** A life of a log. */
export const newIncarnation = (): Incarnation => incarnation(randomUUID());

/** Makes an empty copy, of a life of its own. */
export async function newLife(copy: Pick<LogCopyAdmin, 'create'>): Promise<Incarnation> {
  const life = newIncarnation();
  await copy.create(life);
  return life;
}

/** Consecutive events of a log from a position on, alternating between the types `first` and `second`. */
export function recordedEvents(
  log: LogName,
  o: { from?: number; count: number; dataBytes?: number },
): [RecordedEvent, ...RecordedEvent[]] {
  const from = o.from ?? 1;
  const make = (at: number) => recordedEvent(log, at, { dataBytes: o.dataBytes ?? 20 });
  return [make(from), ...Array.from({ length: o.count - 1 }, (_, index) => make(from + 1 + index))];
}

/** One event at a position. */
export function recordedEvent(log: LogName, at: number, o: { dataBytes?: number } = {}): RecordedEvent {
  const filler = 'x'.repeat(Math.max(0, (o.dataBytes ?? 20) - 8));
  return {
    id: eventId(randomUUID()),
    log,
    position: position(at),
    stream: streamName(`order-${randomUUID()}`),
    revision: revision(1),
    type: typeOf(log, at % 2 === 1 ? 'first' : 'second'),
    data: new TextEncoder().encode(JSON.stringify({ a: filler })),
    metadata: { 'schema-version': '1', actor: 'test' },
    recordedAtMs: 1_700_000_000_000 + at,
  };
}

/** A type of a log. */
export function typeOf(log: LogName, token: 'first' | 'second'): EventType {
  return eventType(`${log}.${token}`);
}

/** A running consumer, its deliveries, and a wait for the next ones. */
export class Inbox {
  readonly deliveries: Delivery[] = [];
  #consumer: Consumer | undefined;
  readonly #waiting: (() => void)[] = [];

  /** Opens a consumer; `settle` is what it does with each delivery (default: ack). */
  static async open(
    source: ConsumerSource,
    spec: Partial<ConsumerSpec> & Pick<ConsumerSpec, 'name' | 'log'> & { readonly startAfter?: Position },
    settle: (delivery: Delivery) => void = (delivery) => delivery.ack(),
    onLeft?: (left: LeftInHand) => void,
  ): Promise<Inbox> {
    const inbox = new Inbox();
    const { startAfter = position(0), ...rest } = spec;
    inbox.#consumer = await source.consume(
      { type: 'all', ackWaitMs: 30_000, unsettledMax: 100, ...rest },
      async () => startAfter,
      (delivery) => inbox.#take(delivery, settle),
      onLeft,
    );
    return inbox;
  }

  get consumer(): Consumer {
    if (this.#consumer === undefined) throw new Error('the inbox is not open');
    return this.#consumer;
  }

  /** Positions in the order of delivery, redeliveries included. */
  get positions(): readonly Position[] {
    return this.deliveries.map(({ event }) => event.position);
  }

  /** Resolves when `enough` holds, looking again at each delivery; rejects after 15 s. */
  async until(enough: (deliveries: readonly Delivery[]) => boolean): Promise<void> {
    const deadline = AbortSignal.timeout(15_000);
    while (!enough(this.deliveries)) {
      await new Promise<void>((resolve, reject) => {
        this.#waiting.push(resolve);
        deadline.addEventListener('abort', () => reject(new Error(`only ${this.positions.join(', ')} arrived`)));
        if (deadline.aborted) reject(new Error(`only ${this.positions.join(', ')} arrived`));
      });
    }
  }

  /** Resolves when `count` deliveries have arrived. */
  async count(count: number): Promise<void> {
    await this.until((deliveries) => deliveries.length >= count);
  }

  #take(delivery: Delivery, settle: (delivery: Delivery) => void): void {
    this.deliveries.push(delivery);
    settle(delivery);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
