/** Rows on one time axis: names on the left, and a track on which times have their place. */
import { wholeDuration } from '../words/times.ts';
import type { TimeScale } from './time-scale.ts';

/** The axis itself: marks and breaks, above the rows. */
export function AxisHead({ scale, title }: { readonly scale: TimeScale; readonly title: string }): React.ReactElement {
  return (
    <div className="axis-row axis-head">
      <span className="axis-name">{title}</span>
      <span className="axis-track">
        {scale.ticks.map(({ at, says }) => (
          <span
            key={says}
            className={at > 0.9 ? 'axis-tick axis-tick-last' : 'axis-tick'}
            style={{ left: percent(at) }}
          >
            {says}
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

export function percent(share: number): string {
  return `${(share * 100).toFixed(3)}%`;
}

/** The first unit alone: `4 m`, `22 h`. */
function shortWait(ms: number): string {
  return wholeDuration(ms).split(' ').slice(0, 2).join(' ');
}
