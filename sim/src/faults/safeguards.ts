/**
 * The platform with one safeguard less: a faulty adapter in the place of a sound one, never a switch in the product.
 * Each must make the simulation find a world that breaks; if it does not, either the simulation is blind or the
 * safeguard is not needed.
 */
import { eventId, type NonEmpty, position, type RecordedEvent, streamName } from '@eventstream/contracts';
import type { EventFinder, EventStore, StreamWrite } from '@eventstream/event-store';
import type { LogCopy } from '@eventstream/messaging';
import { idOf } from '@eventstream/platform';
import type { SagaStore } from '@eventstream/saga';
import type { LogSink } from '@eventstream/worker';
import type { PaymentGateway } from '../../../services/paymentworker/src/payment-gateway.ts';
import type { Databases, Ports } from '../world/databases.ts';

/** One safeguard, and how the platform is without it. */
export interface Safeguard {
  /** What is missing. */
  readonly means: string;
  /** Promises that may break without it, by the beginning of their names. */
  readonly breaks: readonly string[];
  readonly without: (sound: Ports, databases: Databases) => Ports;
}

/** All of them, by name. */
export const safeguards = {
  fence: {
    means: 'the broker takes any message at its next place, whatever position it is meant for',
    breaks: ['5', 'liveness'],
    without: (sound) => ({ ...sound, copy: copyWithoutFence(sound.copy) }),
  },
  'intent-row': {
    means: 'what is going to be paid is not written down before the gateway is asked',
    breaks: ['7'],
    without: (sound) => ({
      ...sound,
      intents: {
        look: async () => undefined,
        intend: async () => 'intended',
        close: async () => 'closing',
        settle: async () => {},
      },
    }),
  },
  'expected-revision': {
    means: 'the store appends whatever revision the writer had seen',
    breaks: ['6', '7', '9', 'a bug', 'liveness'],
    without: (sound) => ({
      ...sound,
      store: withAppend(sound.store, (stream) => ({ ...stream, expected: 'any' })),
    }),
  },
  'event-id': {
    means: 'the id of an event is another one each time it is appended',
    // Nothing is doubled: whoever repeats an append carries the revision from before it, so the repetition conflicts. The
    // ids are wrong all the same, and are found to be.
    breaks: ['9'],
    without: (sound) => ({ ...sound, store: withAppend(sound.store, otherIds()) }),
  },
  'event-id-and-revision': {
    means: 'both of the above: a repeated append is a new event',
    // Beside the wrong ids: what they are for.
    breaks: ['6', '7'],
    without: (sound) => {
      const rename = otherIds();
      return { ...sound, store: withAppend(sound.store, (stream) => ({ ...rename(stream), expected: 'any' })) };
    },
  },
  'order-id-from-key': {
    means: 'the id of an order is another one each time its request is made',
    breaks: ['3'],
    without: (sound) => ({ ...sound, keyOf: (key, attempt) => `${key} ${attempt}` }),
  },
  'payment-key': {
    means: 'the provider takes every debit for a new one',
    breaks: ['7'],
    without: (sound, { books }) => ({ ...sound, gateway: gatewayWithoutKeys(sound.gateway, books) }),
  },
  tombstone: {
    means: 'the provider forgets a void that came before its debit',
    breaks: ['7', 'liveness'],
    without: (sound, { books }) => ({ ...sound, gateway: gatewayWithoutTombstones(sound.gateway, books) }),
  },
  'checkpoint-with-rows': {
    means: 'the read model commits its checkpoint in a transaction of its own, before the rows',
    breaks: ['8', 'liveness'],
    without: (sound) => ({ ...sound, orders: sinkInTwoSteps(sound.orders) }),
  },
  'checkpoint-with-sagas': {
    means: 'the coordinator commits its checkpoint in a transaction of its own, before the rows',
    breaks: ['10', 'liveness'],
    without: (sound) => ({ ...sound, sagas: sagasInTwoSteps(sound.sagas) }),
  },
  'waiting-row': {
    means: 'work that is set aside leaves no row',
    breaks: ['10', 'liveness'],
    without: (sound) => ({ ...sound, ledger: replacing(sound.ledger, { wait: async () => {} }) }),
  },
} as const satisfies Record<string, Safeguard>;

/** The name of one. */
export type SafeguardName = keyof typeof safeguards;

/** Every name. */
export const safeguardNames: readonly SafeguardName[] = Object.keys(safeguards).filter(isSafeguard);

/** Whether there is a safeguard of this name. */
export function isSafeguard(name: string): name is SafeguardName {
  return Object.hasOwn(safeguards, name);
}

/** The same store, with every write changed on its way. */
function withAppend(
  store: EventStore & EventFinder,
  change: (stream: StreamWrite) => StreamWrite,
): EventStore & EventFinder {
  const append: EventStore['append'] = ({ log, streams: [first, ...rest] }, options) => {
    const streams: NonEmpty<StreamWrite> = [change(first), ...rest.map(change)];
    return store.append({ log, streams }, options);
  };
  return replacing(store, { append });
}

/** The same object with some methods replaced. */
function replacing<T extends object>(target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get: (object, name) => {
      const found: unknown = Reflect.get(name in methods ? methods : object, name);
      if (typeof found !== 'function') return found;
      return (...args: readonly unknown[]): unknown => Reflect.apply(found, object, args);
    },
  });
}

function copyWithoutFence(copy: LogCopy): LogCopy {
  const publish = async (events: readonly RecordedEvent[], incarnation: Parameters<LogCopy['publish']>[1]) => {
    const state = await copy.inspect().catch(() => undefined);
    if (state?.kind !== 'ours') return { kind: 'doubt', last: undefined, reason: 'no stream' } as const;
    const taken = events.map((event, index) => ({ ...event, position: position(state.last + 1 + index) }));
    const outcome = await copy.publish(taken, incarnation);
    const last = events.at(-1)?.position;
    return outcome.kind === 'published' && last !== undefined ? ({ kind: 'published', last } as const) : outcome;
  };
  return replacing(copy, { publish });
}

function gatewayWithoutKeys(gateway: PaymentGateway, books: Databases['books']): PaymentGateway {
  return {
    ...forwarding(gateway),
    debit: (request) => {
      books.forget(request.key);
      return gateway.debit(request);
    },
  };
}

function gatewayWithoutTombstones(gateway: PaymentGateway, books: Databases['books']): PaymentGateway {
  return {
    ...forwarding(gateway),
    void: async (request) => {
      const answer = await gateway.void(request);
      if (answer.kind === 'closed' && answer.givenBack.minor === 0n) books.forget(request.key);
      return answer;
    },
  };
}

function forwarding(gateway: PaymentGateway): PaymentGateway {
  return {
    debit: (request) => gateway.debit(request),
    void: (request) => gateway.void(request),
    lookUp: (request) => gateway.lookUp(request),
  };
}

/** One page in so many is interrupted between the two transactions. */
const interruptedEvery = 7;

function interrupted(): never {
  throw Object.assign(new Error('ECONNRESET: the connection broke between two transactions'), { code: 'ECONNRESET' });
}

function sinkInTwoSteps(sink: LogSink): LogSink {
  let pages = 0;
  return {
    name: sink.name,
    checkpoint: () => sink.checkpoint(),
    apply: async (events, incarnation) => {
      pages += 1;
      if (pages % interruptedEvery !== 0) return sink.apply(events, incarnation);
      // Events of nothing known change no row: only the checkpoint moves.
      await sink.apply(
        events.map((event) => ({ ...event, stream: streamName('rows-that-were-not-written') })),
        incarnation,
      );
      return interrupted();
    },
  };
}

function sagasInTwoSteps(sagas: SagaStore): SagaStore {
  let pages = 0;
  const applyPage: SagaStore['applyPage'] = async (page) => {
    pages += 1;
    if (pages % interruptedEvery !== 0) return sagas.applyPage(page);
    await sagas.applyPage({ ...page, fold: () => [] });
    return interrupted();
  };
  return replacing(sagas, { applyPage });
}

/** Ids that no cause leads to. */
function otherIds(): (stream: StreamWrite) => StreamWrite {
  let appended = 0;
  const rename = <Event extends { readonly id: string }>(event: Event) => {
    appended += 1;
    return { ...event, id: eventId(idOf('random', event.id, String(appended))) };
  };
  return (stream) => {
    const [first, ...rest] = stream.events;
    return { ...stream, events: [rename(first), ...rest.map(rename)] };
  };
}
