/** Consumers and databases, a line each. */
import { Heads } from '../parts/heads.tsx';
import { Mark } from '../parts/mark.tsx';
import { ScrollX } from '../parts/scroll-x.tsx';
import type { ConsumerHealth, DatabaseHealth, ProcessHealth } from '../server/answers.ts';
import { bytes, count, none, percent } from '../words/numbers.ts';
import { consumerLook } from '../words/states.ts';

const consumerNumbers = [
  'Position',
  'Behind',
  'In hand',
  'Retrying',
  'Dead letters',
  'Pending',
  'Unacknowledged',
  'Redelivered',
];
const databaseNumbers = ['Size', 'Connections', 'Commits', 'Rollbacks', 'Read from memory'];

export function Consumers({
  consumers,
  processes,
}: {
  readonly consumers: readonly ConsumerHealth[];
  readonly processes: readonly ProcessHealth[];
}): React.ReactElement {
  return (
    <ScrollX label="Every consumer">
      <table>
        <Heads columns={['Consumer', 'State', ...consumerNumbers]} numbers={consumerNumbers} />
        <tbody>
          {consumers.map((consumer) => (
            <tr key={consumer.name}>
              <th scope="row">
                {consumer.name} <span className="faint">{consumer.kind === 'follower' ? 'whole log' : ''}</span>
              </th>
              <td>
                <Mark look={consumerLook(consumer, processes.find(({ name }) => name === consumer.process)?.state)} />
              </td>
              {[
                consumer.position,
                consumer.lagEvents,
                consumer.inFlight,
                consumer.retrying,
                consumer.openDeadLetters,
                consumer.broker?.pending ?? null,
                consumer.broker?.ackPending ?? null,
                consumer.broker?.redelivered ?? null,
              ].map((value, index) => (
                <td className="number" key={index}>
                  {count(value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollX>
  );
}

export function Databases({ databases }: { readonly databases: readonly DatabaseHealth[] }): React.ReactElement {
  return (
    <ScrollX label="Every database">
      <table>
        <Heads columns={['Database', ...databaseNumbers]} numbers={databaseNumbers} />
        <tbody>
          {databases.map((database) => (
            <tr key={database.name}>
              <th scope="row">
                {database.name}
                {database.trouble === null ? null : <span className="tone-bad"> {database.trouble.says}</span>}
              </th>
              <td className="number">{bytes(database.sizeBytes)}</td>
              <td className="number">{count(database.connections)}</td>
              <td className="number">{count(database.commits)}</td>
              <td className="number">{count(database.rollbacks)}</td>
              <td className="number">{database.cacheHits === null ? none : percent(database.cacheHits)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollX>
  );
}
