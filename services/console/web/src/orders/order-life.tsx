/** An order's life on one time axis: its events with their causes, the steps of its saga, and the spans of its trace. */
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { Link } from 'wouter';
import { MarkShape } from '../parts/mark.tsx';
import type { OrderDetail, ZipkinTraces } from '../server/answers.ts';
import { ask, Refusal } from '../server/ask.ts';
import { useSession } from '../server/session.ts';
import { AxisGrid, AxisHead, BarWords, percent } from '../time-axis/axis.tsx';
import { type TimeScale, timeScale } from '../time-axis/time-scale.ts';
import { type SpanLine, spanTree } from '../traces/span-tree.ts';
import { Waterfall } from '../traces/waterfall.tsx';
import { shortType } from '../words/names.ts';
import { stepLooks } from '../words/states.ts';
import { duration, exactClock } from '../words/times.ts';
import { type Cause, causesOf, instantsOf, sagaBars } from './order-time-line.ts';

/** As high as the styles have it. */
const rowPx = 28;
/** From here on what an event says stands to its left. */
const labelRightMax = 0.66;
/** Spans come a moment after their events. */
const askTraceAgainMs = 2_000;
const traceAttemptsMax = 5;

export function OrderLife({
  order,
  revision,
  choose,
}: {
  readonly order: OrderDetail;
  readonly revision: number;
  readonly choose: (revision: number) => void;
}): ReactElement {
  const trace = useTraceOf(order);
  const scale = timeScale(instantsOf(order, trace.lines));
  const first = order.steps[0];
  return (
    <div className="life">
      <AxisHead scale={scale} title={first === undefined ? '' : `from ${exactClock(scale.fromMs)}`} />
      <h3>Events</h3>
      <Events order={order} scale={scale} revision={revision} choose={choose} />
      <h3>Saga</h3>
      <SagaRows order={order} scale={scale} />
      <h3>
        Trace{' '}
        {order.trace !== null && trace.lines.length > 0 ? (
          <Link href={`/traces/${order.trace.traceId}`}>alone</Link>
        ) : null}
      </h3>
      {trace.lines.length > 0 ? <Waterfall lines={trace.lines} scale={scale} /> : <p className="faint">{trace.says}</p>}
    </div>
  );
}

function useTraceOf({ trace, revision }: OrderDetail): {
  readonly lines: readonly SpanLine[];
  readonly says: React.ReactNode;
} {
  const session = useSession();
  const isHere = session?.traces.kind === 'here' && trace?.isKept === true;
  const { data, error } = useQuery({
    queryKey: ['trace', trace?.traceId, revision],
    queryFn: ({ signal }) => ask<ZipkinTraces>(`/zipkin/api/v2/traceMany?traceIds=${trace?.traceId}`, signal),
    enabled: isHere,
    placeholderData: (before) => before,
    staleTime: 0,
    retry: false,
    // A few times, until everybody has sent theirs; then no more.
    refetchInterval: ({ state }) =>
      state.dataUpdateCount + state.errorUpdateCount < traceAttemptsMax ? askTraceAgainMs : false,
  });
  const spans = data?.[0];
  if (isHere && spans !== undefined) return { lines: spanTree(spans), says: '' };
  return { lines: [], says: noTrace(session?.traces, trace, error) };
}

function noTrace(
  place: NonNullable<ReturnType<typeof useSession>>['traces'] | undefined,
  trace: OrderDetail['trace'],
  error: Error | null,
): React.ReactNode {
  if (trace === null) return 'None of its events carries a trace.';
  if (place?.kind === 'elsewhere')
    return (
      <>
        Traces go to a Zipkin of your own:{' '}
        <a href={`${place.url}/zipkin/traces/${trace.traceId}`}>see this one there</a>.
      </>
    );
  if (place?.kind === 'off') return place.why;
  if (!trace.isKept)
    return 'This order was not among those whose traces are kept (the settings TRACES_RATIO and TRACES_PER_SECOND say how many are).';
  if (error instanceof Refusal) return error.message;
  return 'Its spans have not come yet.';
}

function Events({
  order,
  scale,
  revision,
  choose,
}: {
  readonly order: OrderDetail;
  readonly scale: TimeScale;
  readonly revision: number;
  readonly choose: (revision: number) => void;
}): ReactElement {
  const { steps } = order;
  const startMs = scale.fromMs;
  return (
    <ol className="axis-rows" aria-label="Events">
      <AxisGrid scale={scale} />
      <CauseLines
        causes={causesOf(steps)}
        placeOf={(index) => scale.at(steps[index]?.event.recordedAtMs ?? startMs)}
        rows={steps.length}
      />
      {steps.map(({ event }) => {
        const at = scale.at(event.recordedAtMs);
        return (
          <li key={event.revision}>
            <button
              type="button"
              className={`axis-row event-row ${event.revision > revision ? 'event-later' : ''}`}
              aria-pressed={event.revision === revision}
              title={`${event.type}, position ${event.position}, ${exactClock(event.recordedAtMs)}${event.actor === null ? '' : `, by ${event.actor}`}`}
              onClick={() => choose(event.revision)}
            >
              <span className="axis-name">
                <span className="faint number">{event.revision}</span> {shortType(event.type)}
              </span>
              <span className="axis-track">
                <i className="event-dot" style={{ left: percent(at) }} />
                <span
                  className={at < labelRightMax ? 'axis-says' : 'axis-says event-says-left'}
                  style={at < labelRightMax ? { left: percent(at) } : { right: percent(1 - at) }}
                >
                  +{duration(event.recordedAtMs - startMs)}
                  {event.actor === null ? null : <span className="faint"> {event.actor}</span>}
                </span>
              </span>
            </button>
          </li>
        );
      })}
    </ol>
  );
}

const wide = 1000;

/** From each cause to its effects. Stretches with the tracks; lines keep their width. */
function CauseLines({
  causes,
  placeOf,
  rows,
}: {
  readonly causes: readonly Cause[];
  readonly placeOf: (index: number) => number;
  readonly rows: number;
}): ReactElement {
  const heightPx = rows * rowPx;
  return (
    <svg
      className="causes"
      viewBox={`0 0 ${wide} ${heightPx}`}
      style={{ height: heightPx }}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {causes.map(({ from, to }) => {
        const [x1, x2] = [placeOf(from) * wide, placeOf(to) * wide];
        const [y1, y2] = [(from + 0.5) * rowPx, (to + 0.5) * rowPx];
        return <path key={to} d={`M${x1} ${y1}V${y2}H${x2}`} />;
      })}
    </svg>
  );
}

const barWords = { running: '', toUndo: 'undo, to be asked for', undoAsked: 'undo' } as const;

function SagaRows({ order, scale }: { readonly order: OrderDetail; readonly scale: TimeScale }): ReactElement {
  const bars = sagaBars(order.steps);
  if (bars.length === 0) return <p className="faint">Its saga has no step that took time.</p>;
  return (
    <ul className="axis-rows" aria-label="Steps of the saga">
      <AxisGrid scale={scale} />
      {bars.map(({ step, kind, fromMs, toMs }) => {
        const [from, to] = [scale.at(fromMs), toMs === null ? 1 : scale.at(toMs)];
        const look = stepLooks[kind];
        const word = kind === 'toUndo' || kind === 'undoAsked' ? ` ${barWords[kind]}` : '';
        return (
          <li className="axis-row" key={`${step} ${kind} ${fromMs}`}>
            <span className="axis-name">{step + word}</span>
            <span className={`axis-track tone-${look.tone}`}>
              <span
                className={`saga-bar ${toMs === null ? 'saga-bar-open' : ''}`}
                style={{ left: percent(from), width: percent(Math.max(0, to - from)) }}
              />
              <BarWords from={from} to={to}>
                {toMs === null ? (
                  <>
                    <MarkShape shape={look.shape} tone={look.tone} /> still {look.word.toLowerCase()}
                  </>
                ) : (
                  duration(toMs - fromMs)
                )}
              </BarWords>
            </span>
          </li>
        );
      })}
    </ul>
  );
}
