/** Every process and server: how it is, and with which settings it runs. */
import { FactList } from '../parts/facts.tsx';
import { Heads } from '../parts/heads.tsx';
import { Mark } from '../parts/mark.tsx';
import { TroubleNotice } from '../parts/notices.tsx';
import { ScrollX } from '../parts/scroll-x.tsx';
import { Age } from '../parts/values.tsx';
import type { ProcessHealth, Setting } from '../server/answers.ts';
import { count, none, percent } from '../words/numbers.ts';
import { boxLooks } from '../words/states.ts';
import { duration } from '../words/times.ts';

export function Processes({ processes }: { readonly processes: readonly ProcessHealth[] }): React.ReactElement {
  return (
    <ul className="processes">
      {processes.map((process) => (
        <li key={process.name}>
          <details>
            <summary>
              <span className="process-line">
                <b>{process.name}</b>
                <Mark look={boxLooks[process.state]} />
                <span className="number faint">{process.memoryMb === null ? '' : `${count(process.memoryMb)} MB`}</span>
                <span className="number faint">{process.cpu === null ? '' : `${percent(process.cpu)} CPU`}</span>
                <span className="number faint">
                  {process.restarts === null
                    ? ''
                    : process.restarts === 0
                      ? 'no restarts'
                      : `${count(process.restarts)} restarts`}
                </span>
              </span>
            </summary>
            <About process={process} />
          </details>
          {process.trouble === null ? null : (
            <TroubleNotice trouble={process.trouble} tone={boxLooks[process.state].tone} />
          )}
        </li>
      ))}
    </ul>
  );
}

function About({ process }: { readonly process: ProcessHealth }): React.ReactElement {
  const facts: readonly (readonly [string, React.ReactNode])[] = [
    ['Version', process.version ?? none],
    ['Node', process.node ?? none],
    ['Process', process.pid ?? none],
    ['Started', <Age key="age" ms={process.startedAtMs} />],
    ['Event loop, p99', duration(process.eventLoopP99Ms)],
    ['Answers at', process.addresses.join(', ') || none],
    ['Health', process.healthUrl ?? none],
  ];
  return (
    <div className="process-about">
      <FactList facts={facts} />
      {process.checks.length === 0 ? null : (
        <ul className="checks" aria-label={`Checks of ${process.name}`}>
          {process.checks.map((check) => (
            <li key={check.name}>
              <Mark
                look={
                  check.ok
                    ? { word: check.name, tone: 'good', shape: 'check' }
                    : { word: check.name, tone: check.isOptional ? 'warn' : 'bad', shape: 'cross' }
                }
              />
              {check.trouble === null ? null : <span className="faint"> {check.trouble.says}</span>}
            </li>
          ))}
        </ul>
      )}
      {process.settings.length === 0 ? null : <Settings settings={process.settings} name={process.name} />}
    </div>
  );
}

function Settings({
  settings,
  name,
}: {
  readonly settings: readonly Setting[];
  readonly name: string;
}): React.ReactElement {
  return (
    <ScrollX label={`Settings of ${name}`}>
      <table>
        <Heads columns={['Setting', 'Value', 'Means']} />
        <tbody>
          {settings.map((setting) => (
            <tr key={setting.name}>
              <th scope="row">
                <code>{setting.name}</code>
              </th>
              <td className="may-break">
                {setting.isSecret ? <span className="faint">hidden</span> : <code>{setting.value ?? none}</code>}
                {setting.isDefault ? null : <span className="tone-busy"> set</span>}
              </td>
              <td className="may-break faint">{setting.description}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollX>
  );
}
