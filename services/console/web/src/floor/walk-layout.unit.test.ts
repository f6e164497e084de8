import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { narrowLayout, type Spot, type WalkLayout, type Way, wideLayout } from './walk-layout.ts';

/** A rate of three digits, as the drawing shows it, and what is left free around it. */
const word = { width: 32, above: 9, below: 3 };

interface Area {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function areaOf({ label: { x, y, anchor } }: Way): Area {
  const left = anchor === 'start' ? x : anchor === 'end' ? x - word.width : x - word.width / 2;
  return { left, right: left + word.width, top: y - word.above, bottom: y + word.below };
}

/** True when a line from one corner of a way to the next runs through it; all lines are upright or level. */
function runsThrough(area: Area, from: Spot, to: Spot): boolean {
  const [left, right] = [Math.min(from.x, to.x), Math.max(from.x, to.x)];
  const [top, bottom] = [Math.min(from.y, to.y), Math.max(from.y, to.y)];
  return left <= area.right && right >= area.left && top <= area.bottom && bottom >= area.top;
}

function labelsOnArrows({ ways }: WalkLayout): string[] {
  const lines = ways.flatMap(({ way }) => way.slice(1).map((to, index) => [way[index] ?? to, to] as const));
  return ways.filter((way) => lines.some(([from, to]) => runsThrough(areaOf(way), from, to))).map(nameOf);
}

const nameOf = ({ from, to }: Way): string => `${from} → ${to}`;

describe('the walk', () => {
  for (const [name, layout] of Object.entries({ wide: wideLayout, narrow: narrowLayout }))
    test(`has no rate on an arrow, in a ${name} window`, () => {
      assert.deepEqual(labelsOnArrows(layout), []);
    });
});
