/** In which order which faults come. Pure: a seed and the faults decide it, time does not. */
import type { Draw } from './draw.ts';
import { type Fault, type Lane, lanes } from './faults/fault.ts';

/** One fault that is to come. */
export interface Planned {
  readonly lane: Lane;
  readonly fault: Fault;
  /** Quiet time before it, in milliseconds. */
  readonly afterMs: number;
  /** Whatever else it draws: how long, how much, whom. */
  readonly draw: Draw;
}

const quietMs: Readonly<Record<Lane, readonly [least: number, most: number]>> = {
  processes: [300, 2_500],
  pauses: [1_000, 5_000],
  surroundings: [500, 3_000],
};

/**
 * The faults of one lane, without end unless each is to come `once`: each round has every fault once, in an order of its
 * own, so that a run that is long enough has them all.
 */
export function* plan(
  lane: Lane,
  faults: readonly Fault[],
  { seed, once }: { readonly seed: Draw; readonly once: boolean },
): Generator<Planned, void> {
  const own = faults.filter((fault) => fault.lane === lane);
  const order = seed.fork(`order of ${lane}`);
  const [least, most] = quietMs[lane];
  for (let round = 0; own.length > 0 && !(once && round > 0); round += 1)
    for (const fault of order.shuffled(own)) {
      const draw = seed.fork(`${fault.name} in round ${round}`);
      yield { lane, fault, afterMs: draw.between(least, most), draw };
    }
}

/** Every lane that has faults. */
export function plannedLanes(faults: readonly Fault[]): readonly Lane[] {
  return lanes.filter((lane) => faults.some((fault) => fault.lane === lane));
}
