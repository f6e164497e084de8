/** Runs one world by its seed, without the machine: the only way in which worlds are run. */

import { type Safeguard, type SafeguardName, safeguards } from '../faults/safeguards.ts';
import { World, type WorldResult } from '../world/world.ts';
import { withoutMachine } from './machine.ts';

/** Which world. */
export interface WorldName {
  readonly seed: number;
  /** Places of faults, accidents and orders that do not happen in it. */
  readonly leftOut?: ReadonlySet<string>;
  /** The safeguard that it lacks. */
  readonly lacks?: SafeguardName | undefined;
  /** Keeps the story. */
  readonly isTold?: boolean;
}

/** Runs it. The same name always leads to the same result. */
export function runWorld({ lacks, ...options }: WorldName): Promise<WorldResult> {
  const missing: Safeguard | undefined = lacks && safeguards[lacks];
  return withoutMachine(() => World.run({ ...options, ...(missing ? { withPorts: missing.without } : {}) }));
}
