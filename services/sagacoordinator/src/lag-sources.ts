/** Where the log, the coordinator, the relay and the workers' consumers are, asked of those who know. */
import { ordersLog, orderEventTypes } from '@eventstream/contracts';
import type { EventReader } from '@eventstream/event-store';
import type { ConsumerLag } from '@eventstream/messaging';
import type { BrokerLag } from '@eventstream/messaging/jetstream';
import type { Sql } from '@eventstream/platform/sql';
import { consumerName, type Follower } from '@eventstream/worker';
import { readMarks } from '@eventstream/worker/sql';
import type { LagSources } from './deadline-gate.ts';

/** The consumer that begins to work on each step of an order. */
export const stepConsumers: Readonly<Record<string, string>> = {
  payment: consumerName('paymentworker', orderEventTypes.created),
  review: consumerName('reviewworker', orderEventTypes.paymentDebited),
};

/** Asks the event store, the follower, the broker, and for consumers that the broker has lost the workers' marks. */
export function lagSources(of: {
  readonly events: EventReader;
  readonly follower: Follower;
  readonly broker: BrokerLag;
  readonly workersdb: Sql;
}): LagSources {
  const { events, follower, broker, workersdb } = of;
  return {
    head: async () => (await events.head(ordersLog)).position,
    readTo: async () => {
      // Halted, or without news of the head: what was read so far says nothing about the log as it is.
      if (!follower.caughtUp()) throw new Error('the coordinator has not caught up with the log');
      return follower.position();
    },
    copyLast: () => broker.copyLast(),
    consumerLag: async (name) => (await broker.consumerLag(name)) ?? (await lostConsumer(workersdb, name)),
  };
}

/** A consumer that has a mark has worked before: the broker has lost it, and its worker has not made it again yet. */
async function lostConsumer(workersdb: Sql, name: string): Promise<ConsumerLag | undefined> {
  const marks = await readMarks(workersdb);
  const mark = marks.find(({ consumer, log }) => consumer === name && log === ordersLog);
  return mark && { pending: 1, unsettled: 0, redelivered: 0, deliveredTo: mark.position };
}
