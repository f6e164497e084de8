/**
 * How one world is set up: the product's own settings, in a hurry (a world lives a minute or two), and what its clients
 * want. All of it follows from the seed.
 */
import type { RelaySettings } from '@eventstream/messaging/relay';
import type { ActionLoopSettings } from '@eventstream/saga';
import type { FollowerLimits, WorkerLimits } from '@eventstream/worker';
import type { NamedChance } from './chance.ts';
import type { BrokerSize } from './databases.ts';

/** The settings of a world's processes. Times in milliseconds. */
export interface WorldSettings {
  readonly paymentWithinMs: number;
  readonly reviewWithinMs: number;
  readonly paymentRetryMs: number;
  readonly undoStuckAfterMs: number;
  readonly relay: Partial<RelaySettings>;
  readonly worker: Partial<WorkerLimits>;
  readonly follower: Partial<FollowerLimits>;
  readonly actionLoop: Partial<ActionLoopSettings>;
  readonly gate: { readonly settleMs: number; readonly sampleMs: number };
  readonly upkeep: { readonly keepMs: number; readonly everyMs: number };
  readonly broker: BrokerSize;
}

/** Draws them. */
export function worldSettings(chance: NamedChance): WorldSettings {
  const isSmallBroker = chance.happens('small broker', 0.2);
  return {
    paymentWithinMs: chance.oneOf('payment within', [3_000, 8_000, 60_000]),
    reviewWithinMs: chance.oneOf('review within', [4_000, 12_000, 60_000]),
    paymentRetryMs: 300,
    undoStuckAfterMs: 10_000,
    relay: {
      headPollMs: 500,
      auditMs: 2_000,
      leaseMs: 2_500,
      haltedRecheckMs: 2_000,
      retryMinMs: 20,
      retryMaxMs: 1_000,
      windowEventsMax: chance.oneOf('window', [1, 3, 256]),
    },
    worker: {
      tickMs: 1_000,
      ackWaitMs: 4_000,
      sweepEveryMs: 3_000,
      graceMs: 5_000,
      attemptMs: 10_000,
      backoffFirstMs: 200,
      backoffMaxMs: 2_000,
      pauseFirstMs: 100,
      pauseMaxMs: 1_000,
      crashesMax: chance.oneOf('crashes', [2, 5]),
      attemptsMax: chance.oneOf('attempts', [3, 8]),
    },
    follower: { pollMs: 1_000, ackWaitMs: 4_000, backoffFirstMs: 100, backoffMaxMs: 1_000 },
    actionLoop: { pollMs: 1_000, claimMs: 4_000, backoffMs: 100, backoffMaxMs: 2_000 },
    gate: { settleMs: 1_500, sampleMs: 1_000 },
    upkeep: { keepMs: 600_000, everyMs: 15_000 },
    broker: isSmallBroker
      ? { bytesMax: 4_000, messageBytesMax: 1_400 }
      : { bytesMax: Number.POSITIVE_INFINITY, messageBytesMax: 512 * 1024 },
  };
}
