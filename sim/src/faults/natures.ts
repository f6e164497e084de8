/** How each port of the product fails, and what is worth telling of what goes through it. */
import { orderEventTypes, type RecordedEvent } from '@eventstream/contracts';
import { type AppendOutcome, type EventStore, StoreUnavailable, type Write } from '@eventstream/event-store';
import type { BrokerLag, LogCopy, PublishOutcome } from '@eventstream/messaging';
import type { RelayLease } from '@eventstream/messaging/relay';
import { CodedError } from '@eventstream/platform';
import type { SagaStore } from '@eventstream/saga';
import { InfrastructureFault, type LogSink, type Waiting, type WorkerLedger, type WorkItem } from '@eventstream/worker';
import {
  type DebitAnswer,
  GatewayUnreachable,
  type PaymentGateway,
  type PaymentRequest,
} from '../../../services/paymentworker/src/payment-gateway.ts';
import type { PaymentIntents } from '../../../services/paymentworker/src/payment-intents.ts';
import type { Sometimes } from '../world/sometimes.ts';
import { type CallWorld, type PortNature, usualFaults } from './calls.ts';
import type { CallFault } from './faults.ts';

/** Whether the other side answers at all now. */
export interface Reachability {
  readonly store: () => boolean;
  readonly workersdb: () => boolean;
  readonly ordersdb: () => boolean;
  readonly gateway: () => boolean;
}

const withDoubled: ReadonlySet<CallFault> = new Set([...usualFaults, 'doubled']);

/** The names of the ports, and what may happen at each. */
export const portFaults = {
  'event store': withDoubled,
  'log database': usualFaults,
  'relay lease': usualFaults,
  broker: usualFaults,
  'worker ledger': usualFaults,
  'payment intents': usualFaults,
  'saga rows': usualFaults,
  'read model': usualFaults,
  gateway: withDoubled,
  'broker lag': usualFaults,
} as const satisfies Record<string, ReadonlySet<CallFault>>;

function brokenConnection(code: 'ECONNREFUSED' | 'ECONNRESET'): never {
  throw Object.assign(new Error(`${code}: the connection broke`), { code });
}

/** Rejects as a driver does: refused, nothing was sent; reset, nobody knows. */
const asDatabase = {
  refuses: () => brokenConnection('ECONNREFUSED'),
  loses: () => brokenConnection('ECONNRESET'),
};

/** The natures of the ports of one world. */
export class Natures {
  readonly #reach: Reachability;
  readonly #name: (id: string) => string;
  readonly #claimed = new Set<string>();
  #publishedTo = 0;

  /** `name`: an order as the story calls it. */
  constructor(reach: Reachability, name: (id: string) => string) {
    this.#reach = reach;
    this.#name = name;
  }

  eventStore(world: CallWorld, who: string): PortNature<EventStore> {
    return { ...this.#store(world, who), name: 'event store', may: withDoubled, isAway: this.#reach.store };
  }

  /** The relay stands beside the log. */
  logDatabase(world: CallWorld, who: string): PortNature<EventStore> {
    return { ...this.#store(world, who), name: 'log database' };
  }

  #store(world: CallWorld, who: string): Omit<PortNature<EventStore>, 'name'> {
    return {
      refuses: () => {
        throw new StoreUnavailable('write', 'the store does not answer');
      },
      local: new Set(['subscribe', 'close']),
      watch: {
        append: ([write], outcome) => this.#watchAppend(world, who, write, outcome),
        readLog: ([, , { types }], { events }) => {
          if (types === undefined && events.length > 0 && isFollower(who)) world.sometimes.path('readFromStore');
        },
      },
    };
  }

  lease({ sometimes, story }: CallWorld, who: string): PortNature<RelayLease> {
    return {
      ...asDatabase,
      name: 'relay lease',
      watch: {
        renew: (_asked, isOurs) => {
          if (!isOurs) sometimes.path('leaseLost');
        },
        acquire: (_asked, term) => {
          if (term === undefined) return;
          if (term.epoch > 1) sometimes.path('leaseTaken');
          story.tell(who, `leads the relay, epoch ${term.epoch}`);
        },
      },
    };
  }

  copy(world: CallWorld, who: string): PortNature<LogCopy> {
    const { sometimes, story } = world;
    return {
      name: 'broker',
      frailty: 2,
      refuses: (method) => {
        if (method === 'publish' || method === 'publishStub')
          return { kind: 'doubt', last: undefined, reason: 'no answer' } satisfies PublishOutcome;
        throw new CodedError('broker_unavailable', 'the broker does not answer');
      },
      inOrder: new Set(['publish', 'publishStub']),
      watch: {
        create: () => {
          sometimes.path('copyMadeAnew');
          story.tell(who, 'makes the copy of the log');
        },
        publishStub: ([event], outcome) => {
          sometimes.path('stubPublished');
          story.tell(who, `publishes a stub for ${event.position}: ${outcome.kind}`);
        },
        publish: ([events], outcome) => this.#watchPublish(world, who, events, outcome),
      },
    };
  }

  brokerLag(isAway: () => boolean): PortNature<BrokerLag> {
    return {
      name: 'broker lag',
      isAway,
      refuses: () => {
        throw new CodedError('broker_unavailable', 'the broker does not answer');
      },
    };
  }

  ledger(world: CallWorld, who: string): PortNature<WorkerLedger> {
    return {
      name: 'worker ledger',
      isAway: this.#reach.workersdb,
      refuses: () => {
        throw new InfrastructureFault('the database does not answer');
      },
      watch: {
        wait: ([, item, waiting]) => this.#watchWait(world, who, item, waiting),
        bury: ([letter]) => {
          world.sometimes.path('deadLetter');
          world.story.tell(who, `buries ${letter.type} of ${this.#name(letter.stream)}: ${letter.reason}`);
        },
      },
    };
  }

  intents({ sometimes, story }: CallWorld, who: string): PortNature<PaymentIntents> {
    return {
      ...asDatabase,
      name: 'payment intents',
      frailty: 4,
      isAway: this.#reach.workersdb,
      watch: {
        intend: ([{ orderId }], state) => {
          if (state !== 'closing' && state !== 'closed') return;
          sometimes.path('debitAfterClose');
          story.tell(who, `the payment of ${this.#name(orderId)} is ${state} already: no debit`);
        },
      },
    };
  }

  sagas({ sometimes }: CallWorld, countSagas: SagaStore['counts']): PortNature<SagaStore> {
    return {
      ...asDatabase,
      name: 'saga rows',
      isAway: this.#reach.workersdb,
      watch: {
        applyPage: (_page, outcome) => {
          if (outcome.kind === 'moved') sometimes.path('checkpointMoved');
        },
        claim: ([{ deadlinesNotOf }], { rows }) => {
          for (const { row } of rows) {
            const claimed = `${row.stream} ${row.seenRevision}`;
            if (this.#claimed.has(claimed)) sometimes.path('claimedTwice');
            this.#claimed.add(claimed);
          }
          if (deadlinesNotOf.length > 0)
            void countSagas().then(({ overdue }) => overdue > 0 && sometimes.path('deadlineRests'));
        },
      },
    };
  }

  orders({ sometimes }: CallWorld): PortNature<LogSink> {
    return {
      ...asDatabase,
      name: 'read model',
      frailty: 3,
      isAway: this.#reach.ordersdb,
      watch: {
        apply: (_page, outcome) => {
          if (outcome.kind === 'moved') sometimes.path('checkpointMoved');
        },
      },
    };
  }

  gateway(world: CallWorld, who: string): PortNature<PaymentGateway> {
    let refusals = 0;
    const unknown = (method: string) => {
      world.sometimes.path('unknownOutcome');
      return { kind: 'unknown', reason: `${method}: no clear answer` };
    };
    const tell = (what: string, { key }: PaymentRequest, answer: { readonly kind: string }): void =>
      world.story.tell('gateway', `${what} of ${this.#name(key)} for ${who}: ${answer.kind}`);
    return {
      name: 'gateway',
      frailty: 6,
      may: withDoubled,
      isAway: this.#reach.gateway,
      // Half of them are a plain 500 that took nothing, which the caller cannot know.
      refuses: (method) => {
        refusals += 1;
        if (refusals % 2 === 0) return unknown(method);
        throw new GatewayUnreachable('the gateway', undefined);
      },
      loses: unknown,
      watch: {
        debit: ([request], answer: DebitAnswer) => {
          if (answer.kind === 'closed') world.sometimes.path('debitRefusedByTombstone');
          tell('a debit', request, answer);
        },
        void: ([request], answer) => tell('a void', request, answer),
        lookUp: ([request], answer) => {
          world.sometimes.path('lookedUp');
          tell('a look-up', request, answer);
        },
      },
    };
  }

  #watchAppend({ sometimes, story }: CallWorld, who: string, write: Write, outcome: AppendOutcome): void {
    if (outcome.kind === 'conflict') sometimes.path('appendConflict');
    if (outcome.kind === 'idReused') sometimes.path('idReused');
    if (outcome.kind === 'appended') watchFacts(sometimes, write, outcome.repeated);
    if (!story.isTold) return;
    const [{ stream, events, expected }] = write.streams;
    const what = events.map(({ type }) => type).join(' + ');
    story.tell(who, `appends ${what} to ${this.#name(stream)} after revision ${expected}: ${became(outcome)}`);
  }

  #watchPublish(
    { sometimes, story }: CallWorld,
    who: string,
    events: readonly RecordedEvent[],
    outcome: PublishOutcome,
  ): void {
    if (outcome.kind === 'doubt') {
      sometimes.path('publishDoubt');
      if (outcome.reason.startsWith('wrong last sequence')) sometimes.path('fenceRefused');
    }
    const [first, last] = [events[0]?.position ?? 0, events.at(-1)?.position ?? 0];
    if (outcome.kind === 'published') {
      if (first <= this.#publishedTo) sometimes.path('republished');
      this.#publishedTo = Math.max(this.#publishedTo, last);
    }
    const what = `${first} to ${last}`;
    story.tell(who, `publishes ${what}: ${outcome.kind}${'reason' in outcome ? `, ${outcome.reason}` : ''}`);
  }

  #watchWait({ sometimes, story }: CallWorld, who: string, { type, stream }: WorkItem, { reason }: Waiting): void {
    sometimes.path(reason.startsWith('found in the store') ? 'foundInTheStore' : 'workWaits');
    story.tell(who, `puts ${type} of ${this.#name(stream)} aside: ${reason}`);
  }
}

/** Facts that tell of a path that is taken rarely. */
function watchFacts(sometimes: Sometimes, { streams: [{ events }] }: Write, isRepeated: boolean): void {
  if (isRepeated) return sometimes.path('appendRepeated');
  for (const { type, data } of events) {
    if (type === orderEventTypes.paymentVoided && Buffer.from(data).includes('"0"')) sometimes.path('voidedNothing');
    if (type === orderEventTypes.paymentVoided && events.length > 1) sometimes.path('debitFoundByVoid');
  }
}

function isFollower(role: string): boolean {
  return role.startsWith('sagacoordinator') || role.startsWith('querymodelworker');
}

function became(outcome: AppendOutcome): string {
  switch (outcome.kind) {
    case 'appended': {
      const at = outcome.events.map(({ position }) => position).join(', ');
      return outcome.repeated ? `was stored before, at ${at}` : `stored at ${at}`;
    }
    case 'conflict':
      return `conflict, it is at ${outcome.actual}`;
    case 'idReused':
    case 'refused':
      return outcome.kind;
  }
}
