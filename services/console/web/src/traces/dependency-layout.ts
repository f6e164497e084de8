/**
 * Where services stand in the graph of who calls whom: on an ellipse, in the order in which calls reach them, so that a
 * ring of calls needs no beginning and no line runs through a box. Pure.
 */
import type { ZipkinDependency } from '../server/answers.ts';

interface Spot {
  readonly x: number;
  readonly y: number;
}

/** A service, by the middle of its box. */
interface ServiceSpot extends Spot {
  readonly name: string;
}

interface CallSpot {
  readonly call: ZipkinDependency;
  /** A line from box to box, bent so that the way back is another line. */
  readonly path: string;
  readonly label: Spot;
}

/** Sizes of the drawing. */
export interface GraphSize {
  readonly width: number;
  readonly height: number;
  readonly box: { readonly width: number; readonly height: number };
}

export interface DependencyLayout {
  readonly services: readonly ServiceSpot[];
  /** Without those in which a service calls itself. */
  readonly calls: readonly CallSpot[];
}

const edge = 8;
const bend = 0.16;

export function layOutServices(calls: readonly ZipkinDependency[], size: GraphSize): DependencyLayout {
  const names = inOrderOfCalls(calls);
  const middle = { x: size.width / 2, y: size.height / 2 };
  const radius = {
    x: middle.x - size.box.width / 2 - edge,
    y: middle.y - size.box.height / 2 - edge,
  };
  const services = names.map((name, index) => {
    const { x, y } = onCircle(index / names.length);
    return { name, x: middle.x + x * radius.x, y: middle.y + y * radius.y };
  });
  const spotOf = new Map(services.map((service) => [service.name, service]));
  return {
    services,
    calls: calls.flatMap((call) => {
      const [from, to] = [spotOf.get(call.parent), spotOf.get(call.child)];
      return from === undefined || to === undefined || from === to ? [] : [callFrom(call, from, to, size)];
    }),
  };
}

/**
 * The place on a circle after a share of the way round, from the left, clockwise: who is called first stands first. Heights
 * are even, not angles: boxes are wide and low, and near the top and the bottom of a narrow drawing they would meet.
 */
function onCircle(share: number): Spot {
  const isLeft = share < 0.25 || share > 0.75;
  const y = share < 0.25 ? -4 * share : share < 0.75 ? 4 * share - 2 : 4 - 4 * share;
  return { x: (isLeft ? -1 : 1) * Math.sqrt(1 - y * y), y };
}

/** First those that nobody calls, then whom they call, and so on. */
function inOrderOfCalls(calls: readonly ZipkinDependency[]): string[] {
  const all = [...new Set(calls.flatMap(({ parent, child }) => [parent, child]))].toSorted();
  const called = new Set(calls.filter(({ parent, child }) => parent !== child).map(({ child }) => child));
  const reached = new Set(all.filter((name) => !called.has(name)));
  for (const name of reached) for (const { parent, child } of calls) if (parent === name) reached.add(child);
  return [...new Set([...reached, ...all])];
}

function callFrom(call: ZipkinDependency, from: Spot, to: Spot, { box }: GraphSize): CallSpot {
  const control = {
    x: (from.x + to.x) / 2 - (to.y - from.y) * bend,
    y: (from.y + to.y) / 2 + (to.x - from.x) * bend,
  };
  const [start, end] = [onBorder(from, control, box), onBorder(to, control, box)];
  return {
    call,
    path: `M${round(start.x)} ${round(start.y)}Q${round(control.x)} ${round(control.y)} ${round(end.x)} ${round(end.y)}`,
    // Where two thirds of the way are behind.
    label: {
      x: start.x * 0.11 + control.x * 0.44 + end.x * 0.45,
      y: start.y * 0.11 + control.y * 0.44 + end.y * 0.45,
    },
  };
}

/** Where the line from a box's middle to a spot leaves the box. */
function onBorder(middle: Spot, other: Spot, box: GraphSize['box']): Spot {
  const [dx, dy] = [other.x - middle.x, other.y - middle.y];
  const share = Math.min(
    dx === 0 ? Number.POSITIVE_INFINITY : (box.width / 2 + 2) / Math.abs(dx),
    dy === 0 ? Number.POSITIVE_INFINITY : (box.height / 2 + 2) / Math.abs(dy),
  );
  return Number.isFinite(share) ? { x: middle.x + dx * share, y: middle.y + dy * share } : middle;
}

const round = (value: number): number => Math.round(value * 10) / 10;
