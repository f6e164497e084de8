/** Orders by status, money by currency, and how far everything has read the log. */
import { Link } from 'wouter';
import { Mark } from '../parts/mark.tsx';
import { Empty } from '../parts/notices.tsx';
import { ScrollX } from '../parts/scroll-x.tsx';
import { At } from '../parts/values.tsx';
import type { Counters, Floor, MoneyLine } from '../server/answers.ts';
import { count, decimal, none } from '../words/numbers.ts';
import { type Look, orderLooks } from '../words/states.ts';

/** Counts are seldom where they take long, and stay while the database is away: older ones say so. */
const oldAfterMs = 30_000;

/** When the orders were counted, where that is no longer now. */
export function CountedAt({ floor: { atMs, counters } }: { readonly floor: Floor }): React.ReactElement | null {
  if (counters === null || atMs - counters.countedAtMs < oldAfterMs) return null;
  return (
    <span className="tone-warn">
      As of <At ms={counters.countedAtMs} />
    </span>
  );
}

export function OrdersByStatus({ counters }: { readonly counters: Counters }): React.ReactElement {
  const most = Math.max(1, ...counters.byStatus.map(({ orders }) => orders));
  return (
    <table className="bars">
      <tbody>
        {counters.byStatus.map(({ status, orders }) => (
          <tr key={status}>
            <th scope="row">
              <Link href={`/orders?status=${status}`}>
                <Mark look={orderLooks[status]} />
              </Link>
            </th>
            <td className="number">{count(orders)}</td>
            <td className="bar-cell" aria-hidden="true">
              {orders === 0 ? null : (
                <span
                  className={`bar tone-${orderLooks[status].tone}`}
                  style={{ width: `${(orders / most) * 100}%` }}
                />
              )}
            </td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">All</th>
          <td className="number">{count(counters.orders)}</td>
          <td aria-hidden="true" />
        </tr>
      </tfoot>
    </table>
  );
}

const balanceLooks: Readonly<Record<MoneyLine['balance'], Look>> = {
  balanced: { word: 'In balance', tone: 'good', shape: 'check' },
  moving: { word: 'Moving', tone: 'busy', shape: 'half' },
  differs: { word: 'Out of balance', tone: 'bad', shape: 'triangle' },
  unknown: { word: 'Provider silent', tone: 'warn', shape: 'diamond' },
};

export function MoneyTable({ counters }: { readonly counters: Counters }): React.ReactElement {
  if (counters.money.length === 0) return <Empty title="No money has moved yet." />;
  return (
    <ScrollX label="Money by currency">
      {counters.money.map((line) => (
        <table className="money" key={line.currency}>
          <caption>
            {line.currency} <Mark look={balanceLooks[line.balance]} />
          </caption>
          <tbody>
            <Sum
              name="Debited"
              value={decimal(line.debited)}
              books={line.booksDebited === null ? none : decimal(line.booksDebited)}
            />
            <Sum
              name="− Voided"
              value={decimal(line.voided)}
              books={line.booksVoided === null ? none : decimal(line.booksVoided)}
            />
            <Sum name="= Approved" value={decimal(line.approved)} />
            <Sum name="+ In flight" value={decimal(line.inFlight)} />
          </tbody>
          <thead>
            <tr>
              <td aria-hidden="true" />
              <th scope="col" className="number">
                By the orders
              </th>
              <th scope="col" className="number">
                By the provider
              </th>
            </tr>
          </thead>
        </table>
      ))}
    </ScrollX>
  );
}

function Sum({
  name,
  value,
  books,
}: {
  readonly name: string;
  readonly value: string;
  readonly books?: string;
}): React.ReactElement {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td className="number">{value}</td>
      <td className="number">{books ?? ''}</td>
    </tr>
  );
}

const followers = [
  ['Copy at the broker', 'relay'],
  ['Saga coordinator', 'sagas'],
  ['Read model', 'readModel'],
] as const;

export function Positions({ positions }: { readonly positions: Floor['positions'] }): React.ReactElement {
  const { head } = positions;
  return (
    <dl className="positions">
      <div>
        <dt>Head of the log</dt>
        <dd className="number">{count(head)}</dd>
        <dd className="faint" />
      </div>
      {followers.map(([name, part]) => {
        const position = positions[part];
        const behind = head === null || position === null ? null : Math.max(0, head - position);
        return (
          <div key={part}>
            <dt>{name}</dt>
            <dd className="number">{count(position)}</dd>
            <dd className={behind === null || behind === 0 ? 'faint' : 'tone-warn'}>
              {behind === null ? 'not known' : behind === 0 ? 'up to date' : `${count(behind)} behind`}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
