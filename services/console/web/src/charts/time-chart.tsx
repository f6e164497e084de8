/** Lines over the last minutes, with the newest values as words: a chart that can also be read. */
import { useEffect, useEffectEvent, useRef } from 'react';
import uPlot from 'uplot';
import { clock } from '../words/times.ts';

/** One line of a chart. */
interface Series {
  readonly name: string;
  /** A colour of the tokens: `--accent`. */
  readonly colour: string;
  readonly values: readonly (number | null)[];
  /** Drawn with gaps: a second series of the same colour. */
  readonly dashed?: boolean;
}

export interface TimeChartProps {
  readonly title: string;
  readonly atMs: readonly number[];
  readonly series: readonly Series[];
  /** A value in words, with its unit. */
  readonly say: (value: number | null) => string;
}

const heightPx = 168;
const minuteS = 60;

export function TimeChart({ title, atMs, series, say }: TimeChartProps): React.ReactElement {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const shape = series.map(({ name, colour, dashed }) => `${name} ${colour} ${dashed}`).join();

  const dataOf = useEffectEvent(
    (): uPlot.AlignedData => [atMs.map((ms) => ms / 1000), ...series.map(({ values }) => [...values])],
  );
  const optionsOf = useEffectEvent((width: number): uPlot.Options => options({ width, series, say }));

  useEffect(() => {
    const { current: element } = place;
    if (element === null) return undefined;
    const draw = (): void => {
      chart.current?.destroy();
      chart.current = new uPlot(optionsOf(element.clientWidth), dataOf(), element);
    };
    draw();
    const watch = new ResizeObserver(() => chart.current?.setSize({ width: element.clientWidth, height: heightPx }));
    watch.observe(element);
    const dark = window.matchMedia('(prefers-color-scheme: dark)');
    document.addEventListener('theme', draw);
    dark.addEventListener('change', draw);
    return () => {
      watch.disconnect();
      document.removeEventListener('theme', draw);
      dark.removeEventListener('change', draw);
      chart.current?.destroy();
      chart.current = undefined;
    };
  }, [shape]);
  useEffect(() => {
    chart.current?.setData(dataOf());
  }, [atMs]);

  return (
    <figure className="chart">
      <figcaption>
        <b>{title}</b>
        <ul className="chart-legend">
          {series.map(({ name, colour, dashed, values }) => (
            <li key={name}>
              <span
                className={dashed === true ? 'swatch swatch-dashed' : 'swatch'}
                style={{ borderColor: `var(${colour})` }}
              />
              {name} <b className="number">{say(values.at(-1) ?? null)}</b>
            </li>
          ))}
        </ul>
      </figcaption>
      <div className="chart-frame">
        <div
          ref={place}
          className="chart-place"
          role="img"
          aria-label={`${title}, the last minutes; the newest values stand above`}
        />
        {series.every(({ values }) => values.every((value) => value === null)) ? (
          <p className="chart-empty">No orders in this time.</p>
        ) : null}
      </div>
    </figure>
  );
}

/** A colour token as the browser shows it now; canvases know no variables. */
function shown(token: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${token})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function options({
  width,
  series,
  say,
}: Pick<TimeChartProps, 'series' | 'say'> & { readonly width: number }): uPlot.Options {
  const [text, grid] = [shown('--ink-soft'), shown('--edge-soft')];
  const font = '11px system-ui, sans-serif';
  return {
    width,
    height: heightPx,
    legend: { show: false },
    cursor: { y: false, points: { size: 6 } },
    padding: [8, 28, 0, 0],
    scales: { x: { time: true }, y: { range: (_, __, most) => [0, most > 0 ? most * 1.15 : 1] } },
    series: [
      {},
      ...series.map(({ name, colour, dashed }) => ({
        label: name,
        stroke: shown(colour),
        width: 1.5,
        points: { show: false },
        spanGaps: true,
        ...(dashed === true ? { dash: [4, 3] } : {}),
      })),
    ],
    axes: [
      {
        stroke: text,
        font,
        grid: { show: false },
        ticks: { stroke: grid, size: 4 },
        space: 76,
        size: 26,
        values: (_, splits) => {
          const length = splits.every((seconds) => seconds % minuteS === 0) ? 5 : 8;
          return splits.map((seconds) => clock(seconds * 1000).slice(0, length));
        },
      },
      {
        stroke: text,
        font,
        grid: { stroke: grid, width: 1 },
        ticks: { show: false },
        size: 56,
        space: 34,
        values: (_, splits) => splits.map((value) => say(value)),
      },
    ],
  };
}
