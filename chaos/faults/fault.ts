/** What a fault is: a thing that goes wrong, how it is brought about, and proof that it really happened. */
import type { Draw } from '../draw.ts';
import type { Stage } from '../stage/stage.ts';

/** Groups of faults, as `--faults` names them. */
export const families = ['kill', 'pause', 'postgres', 'sql', 'broker', 'links', 'disk'] as const;
/** One of them. */
export type Family = (typeof families)[number];

/**
 * Faults of one lane come one after another, those of different lanes at the same time: two servers that are stopped
 * at once only hide each other, and a paused process would hold everything up.
 */
export const lanes = ['processes', 'pauses', 'surroundings'] as const;
/** One of them. */
export type Lane = (typeof lanes)[number];

/** A kind of fault; a row of the table at the end. */
export interface Fault {
  readonly name: string;
  readonly family: Family;
  readonly lane: Lane;
  /**
   * Brings it about, and undoes it. Resolves with how often it really happened: 0 when it could not.
   * Ends early when `over` aborts. What it throws counts as "could not".
   */
  inflict(on: Stage, draw: Draw, over: AbortSignal): Promise<number>;
}
