/** Deciding again after a lost race: how everybody who records facts of an order goes on when another writer was faster. */
import type { OrderId } from '@eventstream/contracts';
import { CodedError } from '@eventstream/platform';

/** A dozen lost races in a row mean that something else is wrong. */
const racesMax = 12;

/** Another writer was faster a dozen times in a row. Nothing was recorded. */
export class TooManyRaces extends CodedError {
  constructor(order: OrderId) {
    super('too_many_races', `order ${order} changed ${racesMax} times while a fact was recorded`, {
      details: { order },
      nextStep: 'try again; if it stays, look at `npx eventstream events` for who writes so often',
    });
  }
}

/** Loads, decides and appends by `attempt`, again as long as it answers undefined: a lost race. Rejects with `TooManyRaces`. */
export async function winRace<T>(order: OrderId, attempt: () => Promise<T | undefined>): Promise<T> {
  for (let race = 0; race < racesMax; race += 1) {
    const outcome = await attempt();
    if (outcome !== undefined) return outcome;
  }
  throw new TooManyRaces(order);
}
