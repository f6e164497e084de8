/** Sagas by state and age, stuck ones first. */
import { Link } from 'wouter';
import { LongList } from '../parts/long-list.tsx';
import { Mark } from '../parts/mark.tsx';
import { Empty, Failure, Waiting } from '../parts/notices.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { SearchForm, type Term, useTerms } from '../parts/search-form.tsx';
import { Age, Due } from '../parts/values.tsx';
import type { SagaLine, SagaPage } from '../server/answers.ts';
import { usePages } from '../server/live-query.ts';
import { shortId } from '../words/names.ts';
import { count } from '../words/numbers.ts';
import { sagaLooks } from '../words/states.ts';

const minuteMs = 60_000;

const terms: readonly Term[] = [
  {
    name: 'status',
    label: 'Status',
    options: [
      { value: '', says: 'Not ended' },
      ...Object.entries(sagaLooks).map(([value, { word }]) => ({ value, says: word })),
    ],
  },
  {
    name: 'stuck',
    label: 'Stuck',
    options: [
      { value: '', says: 'Any' },
      { value: 'true', says: 'Only stuck ones' },
    ],
  },
  {
    name: 'olderThanMs',
    label: 'In this state for',
    options: [
      { value: '', says: 'Any time' },
      { value: String(minuteMs), says: 'More than a minute' },
      { value: String(60 * minuteMs), says: 'More than an hour' },
      { value: String(24 * 60 * minuteMs), says: 'More than a day' },
    ],
  },
];

export default function SagasPage(): React.ReactElement {
  const [search] = useTerms();
  const query = new URLSearchParams({ limit: '100' });
  for (const { name } of terms) if (search.has(name)) query.set(name, search.get(name) ?? '');
  const { lines, first, isReading, error, again, more } = usePages<SagaPage, SagaLine>(
    'sagas',
    query,
    (page) => page.sagas,
  );
  return (
    <>
      <PageHead
        title="Sagas"
        tabTitle="Sagas"
        about="Each order’s saga: stuck ones first, then those longest in their state."
      />
      {first === undefined ? null : <Counts counts={first.counts} />}
      <SearchForm label="Search sagas" terms={terms} />
      {error === null ? null : <Failure error={error} again={again} />}
      {isReading ? <Waiting what="the sagas" /> : null}
      {!isReading && error === null && lines.length === 0 ? (
        <Empty title={query.size > 1 ? 'No matching sagas.' : 'No saga is under way.'}>
          {query.size > 1
            ? 'Clear the search to see all.'
            : 'Each order has one, from its first event to its end. Choose a status to see those that have ended.'}
        </Empty>
      ) : null}
      {lines.length === 0 ? null : (
        <div className="panel list-panel">
          <div className="saga-line list-head" aria-hidden="true">
            <span>Order</span>
            <span>Status</span>
            <span>Step</span>
            <span>Since</span>
            <span>Due</span>
            <span>Next</span>
          </div>
          <LongList
            label="Sagas"
            lines={lines}
            keyOf={(line) => line.orderId}
            draw={(line) => <Line saga={line} />}
            heightPx={{ wide: 36, narrow: 76 }}
            className="saga-lines"
            more={more}
          />
        </div>
      )}
    </>
  );
}

function Counts({ counts }: { readonly counts: SagaPage['counts'] }): React.ReactElement {
  const all = [
    ['Running', counts.running, ''],
    ['Undoing', counts.undoing, ''],
    ['Overdue', counts.overdue, counts.overdue > 0 ? 'tone-warn' : ''],
    ['Stuck', counts.stuck, counts.stuck > 0 ? 'tone-bad' : ''],
  ] as const;
  return (
    <dl className="counts">
      {all.map(([name, value, tone]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className={`number ${tone}`}>{count(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

const stuckLook = { word: 'Stuck', tone: 'bad', shape: 'triangle' } as const;

function Line({ saga }: { readonly saga: SagaLine }): React.ReactElement {
  const failed = saga.lastError === null ? '' : `${saga.attempts}×: ${saga.lastError}`;
  return (
    <Link href={`/orders/${saga.orderId}`} className="saga-line line-link">
      <code title={saga.orderId}>{shortId(saga.orderId)}</code>
      <Mark look={saga.isStuck ? stuckLook : sagaLooks[saga.status]} />
      <span className="cut">
        {saga.step ?? ''}
        {saga.reason === null ? '' : <span className="faint"> {saga.reason.replaceAll('_', ' ')}</span>}
      </span>
      <span className="faint">
        <Age ms={saga.sinceMs} />
      </span>
      <span>{saga.dueMs === null ? '' : <Due ms={saga.dueMs} />}</span>
      <span className="cut faint" title={failed}>
        {failed === '' ? (saga.next === 'deadline' ? 'judges the deadline' : (saga.next ?? '')) : failed}
      </span>
    </Link>
  );
}
