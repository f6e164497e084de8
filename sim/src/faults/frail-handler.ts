/** Handlers that have a bug: for one order of some worlds they kill their process, or throw what nobody had foreseen. */
import type { Handler } from '@eventstream/worker';
import { type Life, never } from '../processes/life.ts';
import type { CallWorld } from './calls.ts';
import { incidents } from './faults.ts';

/** In so many worlds there is such an order. */
const worldsWithBug = 0.08;

/** Goes wrong while the faults last; afterwards the bug is mended. */
export function frailHandler(life: Life, world: CallWorld): (handler: Handler) => Handler {
  const { faults, sometimes, story, kill } = world;
  const { chance } = faults;
  if (!chance.happens('any frail handler', worldsWithBug)) return (handler) => handler;
  const kind = chance.happens('the frail handler kills', 0.5) ? 'handlerKills' : 'handlerThrows';
  const isFrail = (stream: string): boolean => chance.happens(`handlers of ${stream} are frail`, 0.4);
  return (handler) => async (event, context) => {
    const place = `${life.role} handles ${event.type} of ${event.stream}, attempt ${context.attempt}`;
    if (!isFrail(event.stream) || !faults.planned(place, kind)) return handler(event, context);
    sometimes.fault(`world: ${incidents[kind]}`);
    story.tell(life.role, `✗ ${incidents[kind]}: ${event.type}, attempt ${context.attempt}`);
    if (kind === 'handlerThrows') throw new TypeError('a bug of the handler');
    kill(life);
    return never();
  };
}
