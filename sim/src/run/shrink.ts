/**
 * Makes a failing world small: leaves out orders and faults as long as the same promise stays broken, first in large
 * portions, then one by one (delta debugging, Zeller and Hildebrandt 2002, greedily).
 */
import { placeOfOrder } from '../world/clients.ts';
import type { WorldResult } from '../world/world.ts';
import { runWorld, type WorldName } from './run-world.ts';

/** Worlds that are run for it at most. */
const runsMax = 400;

/** The smallest world found in which the same promise breaks, told; `leftOut` has what does not happen in it. */
export async function shrink(
  world: WorldName,
  failed: WorldResult,
): Promise<{ readonly leftOut: ReadonlySet<string>; readonly result: WorldResult; readonly runs: number }> {
  let leftOut: ReadonlySet<string> = world.leftOut ?? new Set();
  let smallest = failed;
  let runs = 0;
  const tryWithout = async (places: readonly string[]): Promise<boolean> => {
    runs += 1;
    const fewer = new Set([...leftOut, ...places]);
    const result = await runWorld({ ...world, leftOut: fewer });
    if (result.broken?.promise !== failed.broken?.promise) return false;
    leftOut = fewer;
    smallest = result;
    return true;
  };
  const tryWithoutOrders = async (): Promise<void> => {
    for (let number = 1; number <= ordersMax; number += 1)
      if (smallest.orders > 1) await tryWithout([placeOfOrder(number)]);
  };
  await tryWithoutOrders();
  for (let portion = Math.ceil(smallest.faults.length / 2); portion >= 1 && runs < runsMax; ) {
    let isSmaller = false;
    const places = smallest.faults.map(({ place }) => place);
    for (let at = 0; at < places.length && runs < runsMax; at += portion)
      if (await tryWithout(places.slice(at, at + portion))) isSmaller = true;
    if (portion === 1 && !isSmaller) break;
    portion = portion === 1 ? 1 : Math.floor(portion / 2);
  }
  await tryWithoutOrders(); // fewer faults, and another one may not be needed any more
  return { leftOut, result: await runWorld({ ...world, leftOut, isTold: true }), runs };
}

/** More than any world has. */
const ordersMax = 8;
