/** Where the log, the coordinator, the relay and the workers' consumers are, asked of those who know. */
import { ordersLog, type Position } from '@eventstream/contracts';
import type { EventReader } from '@eventstream/event-store';
import type { BrokerLag, ConsumerLag } from '@eventstream/messaging';
import type { Follower } from '@eventstream/worker';
import type { LagSources } from './deadline-gate.ts';

/** Asks the event store, the follower, the broker, and the workers' own ledger for what the broker cannot know. */
export function lagSources(of: {
  readonly events: EventReader;
  readonly follower: Follower;
  readonly broker: BrokerLag;
  /** Up to where a consumer has tried all of its work; undefined when it never worked. */
  readonly triedTo: (consumer: string) => Promise<Position | undefined>;
}): LagSources {
  const { events, follower, broker, triedTo } = of;
  return {
    head: async () => (await events.head(ordersLog)).position,
    readTo: async () => {
      // Halted, or without news of the head: what was read so far says nothing about the log as it is.
      if (!follower.caughtUp()) throw new Error('the coordinator has not caught up with the log');
      return follower.position();
    },
    copyLast: () => broker.copyLast(),
    consumerLag: async (name) => (await broker.consumerLag(name)) ?? lostConsumer(await triedTo(name)),
    triedTo,
  };
}

/** A consumer that has worked before and is gone: the broker lost it, and its worker has not made it again yet. */
function lostConsumer(triedTo: Position | undefined): ConsumerLag | undefined {
  return triedTo === undefined ? undefined : { pending: 1, unsettled: 0, redelivered: 0, deliveredTo: triedTo };
}
