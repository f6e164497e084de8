/** Who calls whom, drawn; and the same in a table. */
import { ScrollX } from '../parts/scroll-x.tsx';
import type { ZipkinDependency } from '../server/answers.ts';
import { count, shortCount } from '../words/numbers.ts';
import { layOutServices, type ServiceSpot } from './dependency-layout.ts';

const box = { width: 148, height: 34 };
const gap = { x: 96, y: 22 };
const edge = 12;

export function DependencyGraph({ calls }: { readonly calls: readonly ZipkinDependency[] }): React.ReactElement {
  const { services, columns, rows } = layOutServices(calls);
  const width = 2 * edge + columns * box.width + (columns - 1) * gap.x;
  const height = 2 * edge + rows * (box.height + gap.y) - gap.y;
  const spotOf = (name: string): { x: number; y: number } => placeOf(services.find((one) => one.name === name));
  return (
    <>
      <ScrollX label="Graph of the services">
        <svg
          className="dependencies"
          viewBox={`0 0 ${width} ${height}`}
          width={width}
          height={height}
          role="img"
          aria-label="Services, callers left of whom they call; the table below says the same"
        >
          <defs>
            <marker id="calls" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
              <path d="M0 .8 7 4 0 7.2z" />
            </marker>
          </defs>
          {calls
            .filter(({ parent, child }) => parent !== child)
            .map((call) => (
              <Call
                key={`${call.parent} ${call.child}`}
                call={call}
                from={spotOf(call.parent)}
                to={spotOf(call.child)}
              />
            ))}
          {services.map((service) => {
            const { x, y } = placeOf(service);
            return (
              <g key={service.name} transform={`translate(${x} ${y})`}>
                <rect width={box.width} height={box.height} rx="6" />
                <text x={box.width / 2} y={box.height / 2 + 4} textAnchor="middle">
                  {service.name.slice(0, 20)}
                </text>
              </g>
            );
          })}
        </svg>
      </ScrollX>
      <details className="as-table">
        <summary>The same as a table</summary>
        <ScrollX label="Calls">
          <table>
            <thead>
              <tr>
                <th scope="col">Caller</th>
                <th scope="col">Called</th>
                <th scope="col" className="number">
                  Calls
                </th>
                <th scope="col" className="number">
                  Failed
                </th>
              </tr>
            </thead>
            <tbody>
              {calls.map((call) => (
                <tr key={`${call.parent} ${call.child}`}>
                  <td>{call.parent}</td>
                  <td>{call.child}</td>
                  <td className="number">{count(call.callCount)}</td>
                  <td className="number">{count(call.errorCount)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollX>
      </details>
    </>
  );
}

function placeOf(service: ServiceSpot | undefined): { x: number; y: number } {
  const { column, row } = service ?? { column: 0, row: 0 };
  return { x: edge + column * (box.width + gap.x), y: edge + row * (box.height + gap.y) };
}

interface Spot {
  readonly x: number;
  readonly y: number;
}

/** Right to the next columns; a call back goes around below. */
function Call({
  call,
  from,
  to,
}: {
  readonly call: ZipkinDependency;
  readonly from: Spot;
  readonly to: Spot;
}): React.ReactElement {
  const isForward = to.x > from.x;
  const start = { x: from.x + (isForward ? box.width : 0), y: from.y + box.height / 2 };
  const end = { x: to.x + (isForward ? 0 : box.width), y: to.y + box.height / 2 + (isForward ? 0 : 8) };
  const bend = (isForward ? 0.5 : -0.5) * Math.max(40, Math.abs(end.x - start.x));
  return (
    <g className={call.errorCount > 0 ? 'call call-failed' : 'call'}>
      <title>{`${call.parent} calls ${call.child}: ${count(call.callCount)} times, ${count(call.errorCount)} failed`}</title>
      <path
        d={`M${start.x} ${start.y}C${start.x + bend} ${start.y} ${end.x - bend} ${end.y} ${end.x} ${end.y}`}
        markerEnd="url(#calls)"
      />
      <text x={end.x + (isForward ? -12 : 12)} y={end.y - 5} textAnchor={isForward ? 'end' : 'start'}>
        {shortCount(call.callCount)}
      </text>
    </g>
  );
}
