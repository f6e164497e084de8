/** Tells the relays of what is stored, as the process that stores it does. Only a hint, so it may be lost. */
import { ordersLog, position } from '@eventstream/contracts';
import type { EventFinder, EventStore } from '@eventstream/event-store';
import type { CallWorld } from '../faults/calls.ts';
import { incidents } from '../faults/faults.ts';
import type { Supervisor } from './supervisor.ts';

/** Every so many-th commit is not told. */
const lostShare = 0.1;

/** The same store, whose appends feed the relays that run. */
export function feedingRelays<Store extends EventStore & EventFinder>(
  store: Store,
  world: () => { readonly calls: CallWorld; readonly supervisor: Supervisor },
): Store {
  const feed = async (after: number, count: number): Promise<void> => {
    const { calls, supervisor } = world();
    if (calls.faults.happens(`feed after ${after}`, 'feedLost', lostShare))
      return calls.sometimes.fault(`world: ${incidents.feedLost}`);
    const { events, incarnation } = await store.readLog(ordersLog, position(after), { limit: count });
    for (const { life, started } of supervisor.running('eventstoresvc'))
      life.run(() => started.relay?.offer(events, incarnation));
  };
  const append: EventStore['append'] = async (write, options) => {
    const outcome = await store.append(write, options);
    if (outcome.kind === 'appended' && !outcome.repeated)
      await feed(outcome.events[0].position - 1, outcome.events.length);
    return outcome;
  };
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'append') return append;
      const found: unknown = Reflect.get(target, name, target);
      if (typeof found !== 'function') return found;
      return (...args: readonly unknown[]): unknown => Reflect.apply(found, target, args);
    },
  });
}
