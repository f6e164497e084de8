/** Who calls whom, drawn; and the same in a table. */
import { Heads } from '../parts/heads.tsx';
import { useIsNarrow } from '../parts/long-list.tsx';
import { ScrollX } from '../parts/scroll-x.tsx';
import type { ZipkinDependency } from '../server/answers.ts';
import { count, shortCount } from '../words/numbers.ts';
import { type GraphSize, layOutServices } from './dependency-layout.ts';

const wide: GraphSize = { width: 960, height: 360, box: { width: 140, height: 34 } };
const narrow: GraphSize = { width: 340, height: 380, box: { width: 118, height: 30 } };
const nameLengthMax = 19;

export function DependencyGraph({ calls }: { readonly calls: readonly ZipkinDependency[] }): React.ReactElement {
  const size = useIsNarrow() ? narrow : wide;
  const layout = layOutServices(calls, size);
  return (
    <>
      <svg
        className="dependencies"
        viewBox={`0 0 ${size.width} ${size.height}`}
        style={{ maxWidth: size.width }}
        role="img"
        aria-label="Services and who calls whom; the table below has the same numbers"
      >
        <defs>
          {['head-call', 'head-call-failed'].map((id) => (
            <marker key={id} id={id} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
              <path d="M0 .8 7 4 0 7.2z" />
            </marker>
          ))}
        </defs>
        {layout.calls.map(({ call, path, label }) => (
          <g key={`${call.parent} ${call.child}`} className={call.errorCount > 0 ? 'call call-failed' : 'call'}>
            <title>{`${call.parent} calls ${call.child}: ${count(call.callCount)} times, ${count(call.errorCount)} failed`}</title>
            <path d={path} markerEnd={call.errorCount > 0 ? 'url(#head-call-failed)' : 'url(#head-call)'} />
            <text x={label.x} y={label.y + 4} textAnchor="middle">
              {shortCount(call.callCount)}
            </text>
          </g>
        ))}
        {layout.services.map(({ name, x, y }) => (
          <g key={name} transform={`translate(${x - size.box.width / 2} ${y - size.box.height / 2})`}>
            <rect width={size.box.width} height={size.box.height} rx="6" />
            <text x={size.box.width / 2} y={size.box.height / 2 + 4} textAnchor="middle">
              {name.slice(0, nameLengthMax)}
            </text>
          </g>
        ))}
      </svg>
      <details className="as-table">
        <summary>Show as a table</summary>
        <ScrollX label="Calls">
          <table>
            <Heads columns={['Caller', 'Called', 'Calls', 'Failed']} numbers={['Calls', 'Failed']} />
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
