/** What is let in: one door for writes, which all wait for the same store, and one for reads. */
import { admission, type Door } from '@eventstream/service-kit';

/** The service's doors. */
export interface Doors {
  readonly writes: Door;
  readonly reads: Door;
}

/** How much goes through them. */
export interface DoorLimits {
  readonly writesInFlight: number;
  readonly readsInFlight: number;
  /** How long a write may wait while more of them arrive than are answered. */
  readonly writeWaitMs: number;
  /** Writes that are let in beyond that after a quiet moment. */
  readonly writeBurst: number;
}

/** What whoever is refused is told. */
export const retryAfterSeconds = 1;

/** As many share one commit and the next, so that fewer of them would not be answered sooner. */
const writesAlways = 256;

/** Opens both. */
export function openDoors(limits: DoorLimits): Doors {
  return {
    writes: admission({
      door: 'writes',
      maxInFlight: limits.writesInFlight,
      retryAfterSeconds,
      queue: { waitMs: limits.writeWaitMs, burst: limits.writeBurst, always: writesAlways },
    }),
    reads: admission({ door: 'reads', maxInFlight: limits.readsInFlight, retryAfterSeconds }),
  };
}
