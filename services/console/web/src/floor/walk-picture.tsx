/** The picture of the walk, with what flows now. Boxes can be chosen; what they say stands beside. */

import { useIsNarrow } from '../parts/long-list.tsx';
import { MarkShape } from '../parts/mark.tsx';
import type { Arrow, Box, BoxName, Floor } from '../server/answers.ts';
import { count, rate, shortCount } from '../words/numbers.ts';
import { boxLooks } from '../words/states.ts';
import { narrowLayout, type Spot, type WalkLayout, type Way, wideLayout } from './walk-layout.ts';

export const boxTitles: Readonly<Record<BoxName, string>> = {
  client: 'Clients',
  ordersvc: 'ordersvc',
  eventstoresvc: 'eventstoresvc',
  relay: 'Relay',
  postgres: 'PostgreSQL',
  'nats-server': 'JetStream',
  paymentworker: 'paymentworker',
  reviewworker: 'reviewworker',
  sagacoordinator: 'sagacoordinator',
  querymodelworker: 'querymodelworker',
  paymentgateway: 'paymentgateway',
};

export function WalkPicture({
  floor,
  chosen,
  choose,
}: {
  readonly floor: Floor;
  readonly chosen: BoxName | undefined;
  readonly choose: (name: BoxName) => void;
}): React.ReactElement {
  const isNarrow = useIsNarrow();
  const layout = isNarrow ? narrowLayout : wideLayout;
  return (
    <svg
      className={`walk ${isNarrow ? 'walk-narrow' : ''}`}
      viewBox={`0 0 ${layout.width} ${layout.height}`}
      role="group"
      aria-label="The walk of an order: boxes are processes, arrows are what flows between them"
    >
      <defs>
        {(['idle', 'flows', 'behind', 'cut'] as const).map((state) => (
          <marker
            key={state}
            id={`head-${state}`}
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="7"
            markerHeight="7"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M0 .8 7 4 0 7.2z" className={`arrow-head arrow-${state}`} />
          </marker>
        ))}
      </defs>
      {layout.ways.map((way) => (
        <WalkArrow
          key={`${way.from} ${way.to}`}
          way={way}
          isNarrow={isNarrow}
          arrow={floor.arrows.find(({ from, to }) => from === way.from && to === way.to)}
        />
      ))}
      {floor.boxes.map((box) => (
        <WalkBox
          key={box.name}
          box={box}
          layout={layout}
          isNarrow={isNarrow}
          isChosen={chosen === box.name}
          choose={() => choose(box.name)}
        />
      ))}
    </svg>
  );
}

const cornerPx = 6;

/** A line from corner to corner, the corners rounded. */
function path(spots: readonly Spot[]): string {
  return spots
    .map((spot, index) => {
      const [before, after] = [spots[index - 1], spots[index + 1]];
      if (before === undefined) return `M${spot.x} ${spot.y}`;
      if (after === undefined) return `L${spot.x} ${spot.y}`;
      const [near, far] = [towards(spot, before), towards(spot, after)];
      return `L${near.x} ${near.y}Q${spot.x} ${spot.y} ${far.x} ${far.y}`;
    })
    .join('');
}

function towards(spot: Spot, other: Spot): Spot {
  const length = Math.hypot(other.x - spot.x, other.y - spot.y);
  const share = Math.min(cornerPx, length / 2) / length;
  return { x: spot.x + (other.x - spot.x) * share, y: spot.y + (other.y - spot.y) * share };
}

function WalkArrow({
  way,
  isNarrow,
  arrow,
}: {
  readonly way: Way;
  readonly isNarrow: boolean;
  readonly arrow: Arrow | undefined;
}): React.ReactElement {
  const state = arrow?.state ?? 'idle';
  const { x, y, anchor } = way.label;
  // Words in the middle stand above an arrow from left to right: the lag goes below it, if the boxes leave it room.
  const isLevel = anchor === 'middle';
  const lag = isLevel && isNarrow ? 0 : (arrow?.lagEvents ?? 0);
  const words =
    state === 'cut' ? 'cut' : arrow === undefined || arrow.perSecond === null ? '' : `${rate(arrow.perSecond)}/s`;
  return (
    <g className={`arrow arrow-${state} ${way.isBack === true ? 'arrow-back' : ''}`}>
      <title>{arrow === undefined ? `${way.from} → ${way.to}` : titleOf(arrow)}</title>
      <path d={path(way.way)} markerEnd={`url(#head-${state})`} />
      {y < 0 ? null : (
        <text x={x} y={y} textAnchor={anchor}>
          <tspan>{words}</tspan>
          {lag === 0 ? null : (
            <tspan x={x} dy={isLevel ? 30 : 14} className="arrow-lag">
              {`${shortCount(lag)} behind`}
            </tspan>
          )}
        </text>
      )}
    </g>
  );
}

function titleOf({ from, to, carries, perSecond, lagEvents, state }: Arrow): string {
  const lag = lagEvents === null ? '' : `, ${count(lagEvents)} behind`;
  return `${boxTitles[from]} → ${boxTitles[to]}: ${carries}, ${rate(perSecond)} a second${lag} (${state})`;
}

function WalkBox({
  box,
  layout,
  isNarrow,
  isChosen,
  choose,
}: {
  readonly box: Box;
  readonly layout: WalkLayout;
  readonly isNarrow: boolean;
  readonly isChosen: boolean;
  readonly choose: () => void;
}): React.ReactElement {
  const { x, y } = layout.boxes[box.name];
  const { width, height } = layout.box;
  const isClient = box.name === 'client';
  const look = boxLooks[isClient ? 'elsewhere' : box.state];
  return (
    <g
      className={`box tone-${look.tone} ${isChosen ? 'box-chosen' : ''}`}
      transform={`translate(${x} ${y})`}
      role="button"
      tabIndex={0}
      aria-pressed={isChosen}
      aria-label={linesOf(box, isNarrow).filter(Boolean).join(' ')}
      onClick={choose}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        choose();
      }}
    >
      <rect className="box-frame" width={width} height={height} rx="7" />
      <rect className="box-edge" width="4" height={height - 14} x="0" y="7" rx="2" />
      <text className="box-name" x="14" y="23">
        {boxTitles[box.name]}
      </text>{' '}
      {isClient ? (
        <text className="box-line" x="14" y="43">
          {clientLine}
        </text>
      ) : (
        <>
          <g transform="translate(14 33)">
            <MarkShape shape={look.shape} tone={look.tone} />
          </g>
          <text className="box-state" x="31" y="43">
            {look.word}
          </text>
        </>
      )}{' '}
      <text className="box-rate" x="14" y={height - 17}>
        {rateOf(box, isNarrow)}
      </text>{' '}
      <text className={waitsFor(box) ? 'box-waits' : 'box-busy'} x={width - 10} y={height - 17} textAnchor="end">
        {queueOf(box)}
      </text>
    </g>
  );
}

/** Something that should not wait does. */
function waitsFor({ stuck, openDeadLetters, retrying, waiting }: Box): boolean {
  return [stuck, openDeadLetters, retrying, waiting].some((many) => (many ?? 0) > 0);
}

/** The first word of what is counted: `commits of the log` is too long for a box. */
function unitOf({ unit }: Box): string {
  return unit?.split(' ', 1)[0] ?? '';
}

/** What stands before a box, worst first: only one thing has room. */
function queueOf({ stuck, openDeadLetters, retrying, waiting, inFlight }: Box): string {
  if ((stuck ?? 0) > 0) return `${shortCount(stuck)} stuck`;
  if ((openDeadLetters ?? 0) > 0) return `${shortCount(openDeadLetters)} dead`;
  if ((retrying ?? 0) > 0) return `${shortCount(retrying)} retry`;
  if ((waiting ?? 0) > 0) return `${shortCount(waiting)} wait`;
  return (inFlight ?? 0) > 0 ? `${shortCount(inFlight)} in hand` : '';
}

const clientLine = 'who place orders';

/** So many letters have room in the last line of a box in the wide drawing. */
const lineLengthMax = 22;

/** What is counted is left out where it has no room beside the queue: always in the narrow drawing. */
function rateOf(box: Box, isNarrow: boolean): string {
  if (box.perSecond === null) return '';
  const words = `${rate(box.perSecond)} ${unitOf(box)}/s`;
  const hasRoom = !isNarrow && words.length + queueOf(box).length <= lineLengthMax;
  return hasRoom ? words : `${rate(box.perSecond)}/s`;
}

/** Everything that is written in a box, in the order of reading. */
function linesOf(box: Box, isNarrow: boolean): string[] {
  const state = box.name === 'client' ? clientLine : boxLooks[box.state].word;
  return [boxTitles[box.name], state, rateOf(box, isNarrow), queueOf(box)];
}
