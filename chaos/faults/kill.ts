/** Processes that die, or stand still for a moment, at a named place. */
import { pause } from '../pause.ts';
import type { Fault } from './fault.ts';

/** Every place at which a process can be told to die; the names are those of `failpoint(…)` in the code. */
export const placesOf = {
  ordersvc: ['orders.afterDecode', 'orders.beforeStore', 'orders.beforeReply'],
  eventstoresvc: [
    'append.beforeCommit',
    'append.afterInsert',
    'append.afterCommit',
    'relay.beforePublish',
    'relay.afterPublish',
  ],
  paymentworker: [
    'worker.afterReceive',
    'payment.afterIntent',
    'payment.afterGateway',
    'payment.afterAppend',
    'void.afterIntent',
    'void.afterGateway',
    'worker.beforeAck',
  ],
  paymentgateway: ['gateway.beforeBooking', 'gateway.afterBooking'],
  reviewworker: ['worker.afterReceive', 'worker.beforeAck'],
  sagacoordinator: ['saga.afterClaim', 'saga.afterAppend', 'saga.beforeCommit'],
  querymodelworker: ['projector.beforeCommit', 'projector.afterCommit'],
} as const;

/** How long a place may be waited for: the process may be down or paused for another reason. */
const reachedWithinMs = 45_000;
/** A few passes, so that it dies in the middle of work and not at its first sight. */
const passesMax = 6;
/** Places that most runs pass only now and then. */
const rarePlaces: ReadonlySet<string> = new Set([
  'append.afterInsert',
  'saga.afterAppend',
  'void.afterIntent',
  'void.afterGateway',
]);

/** Passed only by the first work after a start, which has nothing remembered to go by. */
const placesAfterStart: ReadonlySet<string> = new Set(['append.afterInsert']);

/** kill -9 at each place. */
export const kills: readonly Fault[] = Object.entries(placesOf).flatMap(([service, places]) =>
  places.map((point): Fault => killAt(service, point)),
);

function killAt(service: string, point: string): Fault {
  return {
    name: `kill ${service} at ${point}`,
    family: 'kill',
    lane: 'processes',
    async inflict({ failpoints, system }, draw, over) {
      const at = rarePlaces.has(point) ? 1 : draw.whole(1, passesMax);
      const startAnew = (): void => {
        if (placesAfterStart.has(point)) end(system.pidOf(service));
      };
      return Number(
        await failpoints.ask({ process: service, point, action: 'kill', at }, reachedWithinMs, over, startAnew),
      );
    },
  };
}

/** It comes back by itself; it may be down already. */
function end(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  } catch {
    // just ended
  }
}

/** Stands still longer than what it holds is held for it: leases, claims, deliveries. */
const pausesMs = {
  ordersvc: [6_000, 9_000],
  eventstoresvc: [6_000, 9_000], // the relay's lease: 5 s
  paymentworker: [31_000, 36_000], // a delivery without a sign of life: 30 s
  paymentgateway: [3_000, 6_000],
  reviewworker: [31_000, 36_000],
  sagacoordinator: [16_000, 20_000], // a claim: 15 s
  querymodelworker: [6_000, 9_000],
} as const;

const pauseTriesMax = 3;

/** SIGSTOP in the middle of work, and SIGCONT when everybody has stopped waiting. */
export const pauses: readonly Fault[] = Object.entries(pausesMs).map(
  ([service, [least, most]]): Fault => ({
    name: `pause ${service}`,
    family: 'pause',
    lane: 'pauses',
    async inflict({ system, failpoints }, draw, over) {
      const pauseMs = draw.between(least, most);
      const point = draw.pick(placesOfService(service));
      const at = draw.whole(1, 3);
      // Another fault may kill it meanwhile; then it was not a pause, and whoever came in its place is paused.
      for (let tries = 1; tries <= pauseTriesMax; tries += 1) {
        const fired = await failpoints.ask({ process: service, point, action: 'stop', at }, reachedWithinMs, over);
        const pid = system.pidOf(service);
        if (!fired || pid === undefined) return 0;
        await pause(pauseMs, over);
        if (goesOn(pid)) return 1;
      }
      return 0;
    },
  }),
);

/** False: it is gone. */
function goesOn(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGCONT');
  } catch {
    return false;
  }
}

/** Places that are passed with every order. */
function placesOfService(service: string): readonly [string, ...string[]] {
  const found = Object.entries(placesOf).find(([name]) => name === service)?.[1] ?? [];
  const [first, ...rest] = found.filter((place) => !rarePlaces.has(place));
  if (first === undefined) throw new Error(`${service} has no place to stand still at`);
  return [first, ...rest];
}
