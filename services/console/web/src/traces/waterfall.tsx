/** The spans of a trace as bars, on a time axis that others may share. A chosen span says all it has. */
import { useState } from 'react';
import { FactList } from '../parts/facts.tsx';
import { MarkShape } from '../parts/mark.tsx';
import { AxisGrid, BarWords, percent } from '../time-axis/axis.tsx';
import type { TimeScale } from '../time-axis/time-scale.ts';
import { duration, exactClock } from '../words/times.ts';
import type { SpanLine } from './span-tree.ts';

const linesFirst = 40;
/** Then they begin again. */
const colours = 8;
const depthShownMax = 8;

export function Waterfall({
  lines,
  scale,
}: {
  readonly lines: readonly SpanLine[];
  readonly scale: TimeScale;
}): React.ReactElement {
  const [chosen, setChosen] = useState<number | undefined>();
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? lines : lines.slice(0, linesFirst);
  const services = [...new Set(lines.map(({ service }) => service))];
  const colourOf = (service: string): string => `service-${services.indexOf(service) % colours}`;
  return (
    <>
      <ul className="service-legend" aria-label="Services">
        {services.map((service) => (
          <li key={service}>
            <i className={`swatch-box ${colourOf(service)}`} />
            {service}
          </li>
        ))}
      </ul>
      <ul className="axis-rows" aria-label="Spans">
        <AxisGrid scale={scale} />
        {shown.map((line, index) => (
          // A call's two sides may share an id.
          <li key={`${line.span.id} ${line.span.kind} ${line.service}`}>
            <SpanRow
              line={line}
              scale={scale}
              colour={colourOf(line.service)}
              isChosen={chosen === index}
              choose={() => setChosen(chosen === index ? undefined : index)}
            />
            {chosen === index ? <SpanDetails line={line} /> : null}
          </li>
        ))}
      </ul>
      {shown.length === lines.length ? null : (
        <button type="button" className="button small" onClick={() => setWhole(true)}>
          Show all {lines.length} spans
        </button>
      )}
    </>
  );
}

interface SpanRowProps {
  readonly line: SpanLine;
  readonly scale: TimeScale;
  readonly colour: string;
  readonly isChosen: boolean;
  readonly choose: () => void;
}

function SpanRow({ line, scale, colour, isChosen, choose }: SpanRowProps): React.ReactElement {
  const [from, to] = [scale.at(line.fromMs), scale.at(line.toMs)];
  const name = line.span.name ?? 'unnamed';
  const took = duration(line.toMs - line.fromMs);
  const title = `${line.service}: ${name}, ${took}${line.error === null ? '' : ', failed'}`;
  return (
    <button type="button" className="axis-row span-row" aria-expanded={isChosen} title={title} onClick={choose}>
      <span
        className="axis-name"
        style={{ paddingLeft: `calc(${Math.min(line.depth, depthShownMax)} * var(--indent))` }}
      >
        {line.error === null ? null : <MarkShape shape="triangle" tone="bad" />} {name}
        <span className="for-ears">
          , {line.service}
          {line.error === null ? '' : ', failed'},{' '}
        </span>
      </span>
      <span className="axis-track">
        <span
          className={`span-bar ${colour} ${line.error === null ? '' : 'span-failed'}`}
          style={{ left: percent(from), width: percent(Math.max(0, to - from)) }}
        />
        <BarWords from={from} to={to}>
          {took}
        </BarWords>
      </span>
    </button>
  );
}

function SpanDetails({ line }: { readonly line: SpanLine }): React.ReactElement {
  const { span, service, fromMs, toMs, error } = line;
  const facts: readonly (readonly [string, string])[] = [
    ['Service', service],
    ['Kind', span.kind?.toLowerCase() ?? 'internal'],
    ['Began', exactClock(fromMs)],
    ['Took', duration(toMs - fromMs)],
    ['Span', span.id],
    ...(error === null ? [] : [['Error', error] as const]),
    ...Object.entries(span.tags ?? {}).filter(([name]) => name !== 'error'),
    ...(span.annotations ?? []).map(({ timestamp, value }) => [`At ${exactClock(timestamp / 1000)}`, value] as const),
  ];
  return <FactList facts={facts} className="facts span-details" />;
}
