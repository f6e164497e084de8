/** The picture of the walk from two moments of the system: boxes, arrows, positions, charts, and what to look at. Pure. */
import type { Box, BoxState, Floor, FloorPoint } from '../api/floor.ts';
import type { Trouble } from '../api/values.ts';
import { arrowsOf } from './floor-arrows.ts';
import { boxesOf, type Since } from './floor-boxes.ts';
import type { Look } from './look.ts';
import { placed, TwoLooks } from './two-looks.ts';

/** What the two moments say. */
export type Picture = Pick<Floor, 'atMs' | 'boxes' | 'arrows' | 'point' | 'positions' | 'troubles'>;

/** Composes the picture. */
export function composeFloor(before: Look | undefined, now: Look, since: Since): Picture {
  const reader = new TwoLooks(before, now);
  const boxes = boxesOf(reader, now, since);
  return {
    atMs: now.atMs,
    boxes,
    arrows: arrowsOf(reader, new Map(boxes.map((box) => [box.name, box]))),
    point: pointOf(reader, now),
    positions: {
      head: now.head,
      relay: reader.relayPosition(),
      sagas: reader.gauge('sagacoordinator', 'follower_position'),
      readModel: reader.gauge('querymodelworker', 'follower_position'),
    },
    troubles: troublesOf(boxes),
  };
}

function pointOf(reader: TwoLooks, now: Look): FloorPoint {
  const post = { name: 'endpoint_seconds', where: placed };
  return {
    atMs: now.atMs,
    placedPerSecond: reader.rate('ordersvc', 'endpoint_seconds_count', placed),
    appendedPerSecond: reader.rate('eventstoresvc', 'eventstore_append_outcomes_total', { outcome: 'appended' }),
    approvedPerSecond: reader.rate('sagacoordinator', 'saga_ended_total', { end: 'done' }),
    cancelledPerSecond: reader.rate('sagacoordinator', 'saga_ended_total', { end: 'undone' }),
    placeP50Ms: reader.quantile('ordersvc', 0.5, post),
    placeP99Ms: reader.quantile('ordersvc', 0.99, post),
    approveP50Ms: now.approval.p50Ms,
    approveP99Ms: now.approval.p99Ms,
  };
}

/** The worst first. */
const severity: readonly BoxState[] = ['stopped', 'unreachable', 'halted', 'notReady', 'paused', 'degraded', 'leftOut'];

function troublesOf(boxes: readonly Box[]): Floor['troubles'] {
  const states = boxes
    .filter(({ trouble }) => trouble !== null)
    .toSorted((one, other) => severity.indexOf(one.state) - severity.indexOf(other.state));
  const standing = states.flatMap(({ name, trouble }) => (trouble === null ? [] : [{ ...trouble, box: name }]));
  // The relay is a box of its own and runs in the store's process: with that, both stand still for one reason.
  const said = new Map(standing.toReversed().map((trouble) => [trouble.says, trouble]));
  return [
    ...standing.filter((trouble) => said.get(trouble.says) === trouble),
    ...boxes.flatMap((box) => waitingForAPerson(box).map((trouble) => ({ ...trouble, box: box.name }))),
  ];
}

/** What a box that is degraded has said itself is not said again. */
function waitingForAPerson({ name, state, openDeadLetters, stuck }: Box): Trouble[] {
  if (state === 'degraded') return [];
  const found: Trouble[] = [];
  if ((openDeadLetters ?? 0) > 0)
    found.push({
      says: `${name} has given up on ${openDeadLetters === 1 ? 'an event' : `${openDeadLetters} events`}.`,
      nextStep: 'Look at the dead letters, fix the cause, and redrive them.',
    });
  if ((stuck ?? 0) > 0)
    found.push({
      says: stuck === 1 ? 'One saga is stuck.' : `${stuck} sagas are stuck.`,
      nextStep: 'Look at the sagas; stuck ones stand first.',
    });
  return found;
}
