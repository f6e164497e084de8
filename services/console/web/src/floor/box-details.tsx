/** What one box says of itself; and all of them as a table, for whoever would rather read. */
import { FactList } from '../parts/facts.tsx';
import { Heads } from '../parts/heads.tsx';
import { Mark } from '../parts/mark.tsx';
import { TroubleNotice } from '../parts/notices.tsx';
import { ScrollX } from '../parts/scroll-x.tsx';
import { Age } from '../parts/values.tsx';
import type { Arrow, Box, Floor } from '../server/answers.ts';
import { count, rate } from '../words/numbers.ts';
import { boxLooks } from '../words/states.ts';
import { boxTitles } from './walk-picture.tsx';

export function BoxDetails({ box, floor }: { readonly box: Box; readonly floor: Floor }): React.ReactElement {
  const facts: readonly (readonly [string, string])[] = [
    ['Does', box.perSecond === null ? '' : `${rate(box.perSecond)} ${box.unit ?? ''} a second`],
    ['Waiting', numberOr(box.waiting)],
    ['In hand', numberOr(box.inFlight)],
    ['To be tried again', numberOr(box.retrying)],
    ['Dead letters', numberOr(box.openDeadLetters)],
    ['Stuck', numberOr(box.stuck)],
    ['Restarts', numberOr(box.restarts)],
    ['Memory', box.memoryMb === null ? '' : `${count(box.memoryMb)} MB`],
    ['Process', box.pid === null ? '' : String(box.pid)],
    ['Answers at', box.addresses.join(', ')],
  ];
  return (
    <div className="box-details" role="region" aria-label={`About ${boxTitles[box.name]}`}>
      <p className="box-details-head">
        <b>{boxTitles[box.name]}</b>
        {box.name === 'client' ? null : (
          <>
            <Mark look={boxLooks[box.state]} />
            <span className="faint">
              since <Age ms={box.sinceMs} />
            </span>
          </>
        )}
      </p>
      {box.trouble === null ? null : <TroubleNotice trouble={box.trouble} tone={boxLooks[box.state].tone} />}
      <FactList facts={facts.filter(([, value]) => value !== '')} />
      <Flows arrows={floor.arrows.filter(({ from, to }) => from === box.name || to === box.name)} />
    </div>
  );
}

const numberOr = (value: number | null): string => (value === null ? '' : count(value));

const flowWords: Readonly<Record<Arrow['state'], string>> = {
  flows: 'flows',
  idle: 'idle',
  behind: 'behind',
  cut: 'cut',
};

function Flows({ arrows }: { readonly arrows: readonly Arrow[] }): React.ReactElement | null {
  if (arrows.length === 0) return null;
  return (
    <ScrollX label="What flows">
      <table>
        <Heads columns={['From', 'To', 'Carries', 'A second', 'Behind', 'State']} numbers={['A second', 'Behind']} />
        <tbody>
          {arrows.map((arrow) => (
            <tr key={`${arrow.from} ${arrow.to}`}>
              <td>{boxTitles[arrow.from]}</td>
              <td>{boxTitles[arrow.to]}</td>
              <td>{arrow.carries}</td>
              <td className="number">{rate(arrow.perSecond)}</td>
              <td className="number">{count(arrow.lagEvents)}</td>
              <td>{flowWords[arrow.state]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollX>
  );
}

const counts = ['A second', 'Waiting', 'In hand', 'Retrying', 'Dead letters', 'Stuck', 'Restarts', 'Memory'];

/** The picture in words. */
export function FloorTable({ floor }: { readonly floor: Floor }): React.ReactElement {
  return (
    <details className="as-table">
      <summary>Show as a table</summary>
      <ScrollX label="Every box">
        <table>
          <Heads columns={['What', 'State', ...counts]} numbers={counts} />
          <tbody>
            {floor.boxes.map((box) => (
              <tr key={box.name}>
                <th scope="row">{boxTitles[box.name]}</th>
                <td>{box.name === 'client' ? '' : <Mark look={boxLooks[box.state]} />}</td>
                <td className="number">{rate(box.perSecond)}</td>
                {[box.waiting, box.inFlight, box.retrying, box.openDeadLetters, box.stuck, box.restarts].map(
                  (value, index) => (
                    <td className="number" key={index}>
                      {count(value)}
                    </td>
                  ),
                )}
                <td className="number">{box.memoryMb === null ? count(null) : `${count(box.memoryMb)} MB`}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollX>
      <Flows arrows={floor.arrows} />
    </details>
  );
}
