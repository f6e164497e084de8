/** Rows on one time axis: names on the left, and a track on which times have their place. */
import { wholeDuration } from '../words/times.ts';
import { isLast, type TimeScale } from './time-scale.ts';

/** The axis itself: marks and breaks, above the rows. */
export function AxisHead({ scale, title }: { readonly scale: TimeScale; readonly title: string }): React.ReactElement {
  return (
    <div className="axis-row axis-head">
      <span className="axis-name">{title}</span>
      <span className="axis-track">
        {scale.ticks.map((tick) => (
          <span
            key={tick.says}
            className={`axis-tick ${isLast(tick) ? 'axis-tick-last' : ''} ${tick.isForAll ? '' : 'axis-tick-wide'}`}
            style={{ left: percent(tick.at) }}
          >
            {tick.says}
          </span>
        ))}
        {scale.breaks.map((gap) => (
          <span
            key={gap.from}
            className="axis-gap"
            style={{ left: percent(gap.from), width: percent(gap.to - gap.from) }}
            title={`A wait of ${wholeDuration(gap.ms)}, not drawn to scale`}
          >
            {shortWait(gap.ms)}
          </span>
        ))}
      </span>
    </div>
  );
}

/** Vertical lines behind the rows of a part. */
export function AxisGrid({ scale }: { readonly scale: TimeScale }): React.ReactElement {
  return (
    <span className="axis-grid" aria-hidden="true">
      {scale.ticks.map(({ at, says }) => (
        <span key={says} style={{ left: percent(at) }} />
      ))}
      {scale.breaks.map((gap) => (
        <i key={gap.from} style={{ left: percent(gap.from), width: percent(gap.to - gap.from) }} />
      ))}
    </span>
  );
}

/** From here on there is no room for words to the right of a bar, in a narrow window. */
const lateShare = 0.75;
/** Before it there is none to its left. */
const earlyShare = 0.3;

/** What a bar says, where there is room for it: behind it, before it, or on it. */
export function BarWords({
  from,
  to,
  children,
}: {
  readonly from: number;
  readonly to: number;
  readonly children: React.ReactNode;
}): React.ReactElement {
  const isOn = to >= lateShare && from <= earlyShare;
  const style = to < lateShare ? { left: percent(to) } : { right: percent(isOn ? 1 - to : 1 - from) };
  return (
    <span className={isOn ? 'axis-says axis-says-on' : 'axis-says'} style={style}>
      {children}
    </span>
  );
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(3)}%`;
}

/** The first unit alone: `4 m`, `22 h`. */
function shortWait(ms: number): string {
  return wholeDuration(ms).split(' ').slice(0, 2).join(' ');
}
