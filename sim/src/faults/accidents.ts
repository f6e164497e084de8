/** What happens to a world at planned times, beside what happens to single calls: kills, outages, losses at the broker. */
import { ordersLog } from '@eventstream/contracts';
import type { MemoryBroker } from '@eventstream/messaging/memory';
import { type Role, roles } from '../processes/processes.ts';
import type { CallWorld } from './calls.ts';
import { type Incident, incidents } from './faults.ts';

/** What an accident may do to a world. */
export interface Victim {
  readonly broker: MemoryBroker;
  readonly kill: (role: Role) => void;
  readonly stop: (role: Role) => void;
  readonly freeze: (role: Role, ms: number) => void;
  readonly jump: (role: Role, ms: number) => void;
  readonly away: (what: Away, ms: number) => void;
}

/** What can be away for a while. */
export type Away = 'broker' | 'store' | 'workersdb' | 'ordersdb' | 'gateway';

const hourMs = 3_600_000;

/** Every durable consumer. */
const consumers = [
  'paymentworker-created',
  'paymentworker-paymentvoidrequested',
  'reviewworker-paymentdebited',
  'sagacoordinator',
  'querymodelworker',
] as const;

/** Accidents of a world at most. */
const accidentsMax = 7;
/** How often each kind, among accidents. */
const kinds: readonly [Incident, ...Incident[]] = [
  'killed',
  'killed',
  'killed',
  'stopped',
  'frozen',
  'frozen',
  'tailLost',
  'tailLost',
  'streamDeleted',
  'consumerDeleted',
  'consumerRewound',
  'clockJumps',
  'brokerAway',
  'storeAway',
  'workersdbAway',
  'ordersdbAway',
  'gatewayAway',
];

/** Plans the accidents of a world; they happen within `withinMs`. */
export function planAccidents(world: CallWorld, victim: Victim, withinMs: number): void {
  const { chance } = world.faults;
  const count = chance.happens('any accidents', 0.75) ? chance.whole('accidents', 1, accidentsMax) : 0;
  for (let number = 1; number <= count; number += 1) {
    const place = `accident ${number}`;
    const kind = chance.oneOf(`${place} kind`, kinds);
    world.time.after(chance.whole(`${place} at`, 0, withinMs), () => {
      if (!world.faults.planned(place, kind)) return;
      world.sometimes.fault(`world: ${incidents[kind]}`);
      happen(world, victim, kind, place);
    });
  }
}

function happen(world: CallWorld, victim: Victim, kind: Incident, place: string): void {
  const { chance } = world.faults;
  const role = chance.oneOf(`${place} role`, roles);
  const forMs = chance.whole(`${place} ms`, 300, 6_000);
  const { broker } = victim;
  const tell = (what: string): void => world.story.tell('world', `✗ ${incidents[kind]}: ${what}`);
  world.story.mark(kind);
  switch (kind) {
    case 'killed':
      tell(role);
      return victim.kill(role);
    case 'stopped':
      tell(role);
      return victim.stop(role);
    case 'frozen':
      tell(`${role}, ${forMs} ms`);
      return victim.freeze(role, forMs);
    case 'tailLost': {
      const lost = chance.whole(`${place} events`, 1, 5);
      tell(`${lost}`);
      return broker.loseTail(ordersLog, lost);
    }
    case 'streamDeleted':
      tell('ORDERS');
      return broker.loseStream(ordersLog);
    case 'clockJumps': {
      const ms = chance.oneOf(`${place} jump`, [-hourMs, hourMs]);
      tell(`${role}, ${ms / hourMs} h`);
      return victim.jump(role, ms);
    }
    case 'consumerDeleted':
    case 'consumerRewound': {
      const name = chance.oneOf(`${place} consumer`, consumers);
      tell(name);
      if (kind === 'consumerDeleted') broker.loseConsumer(ordersLog, name);
      else broker.rewindConsumer(ordersLog, name);
      return;
    }
    case 'brokerAway':
    case 'storeAway':
    case 'workersdbAway':
    case 'ordersdbAway':
    case 'gatewayAway':
      tell(`${forMs} ms`);
      return victim.away(awayOf[kind], forMs);
    case 'feedLost':
    case 'clockSkewed':
    case 'handlerKills':
    case 'handlerThrows':
      return; // happen where the feed, the clocks and the handlers are
  }
}

const awayOf = {
  brokerAway: 'broker',
  storeAway: 'store',
  workersdbAway: 'workersdb',
  ordersdbAway: 'ordersdb',
  gatewayAway: 'gateway',
} as const;
