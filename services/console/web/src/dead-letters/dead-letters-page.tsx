/** What consumers gave up on, grouped by fault: most letters first. */
import { Link } from 'wouter';
import { useAskWhy } from '../parts/ask-why.tsx';
import { Mark } from '../parts/mark.tsx';
import { Empty, Failure, Waiting } from '../parts/notices.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { useTerms } from '../parts/search-form.tsx';
import { Age } from '../parts/values.tsx';
import type { DeadLetter, DeadLetterGroup, DeadLetterGroups, DeadLetterList } from '../server/answers.ts';
import { useAnswer } from '../server/live-query.ts';
import { shortId, shortType } from '../words/names.ts';
import { count, counted } from '../words/numbers.ts';
import { letterLooks, letterStates } from './letter-looks.ts';

export default function DeadLettersPage(): React.ReactElement {
  const [search, change] = useTerms();
  const state = letterStates.find((one) => one === search.get('state')) ?? 'open';
  const { data, error, refetch } = useAnswer<DeadLetterGroups>(`/api/dead-letters/groups?state=${state}`, {
    followsLog: true,
  });
  const { askWhy, dialog } = useAskWhy();
  const redriveAll = (): void =>
    askWhy({
      title: 'Redrive every open dead letter',
      means: 'All of them are tried again, in the order of the log, at a bounded rate.',
      verb: 'Redrive all',
      path: '/api/dead-letters/redrive',
      reasons,
    });
  return (
    <>
      <PageHead
        title="Dead letters"
        tabTitle="Dead letters"
        about="Events that a consumer gave up on. For that consumer, the rest of the order waits until it is redriven or discarded."
      >
        {state === 'open' && data !== undefined && data.groups.length > 1 ? (
          <button type="button" className="button" onClick={redriveAll}>
            Redrive all …
          </button>
        ) : null}
      </PageHead>
      <div className="chips" role="group" aria-label="State">
        {letterStates.map((one) => (
          <button
            type="button"
            className="chip"
            key={one}
            aria-pressed={one === state}
            onClick={() => change({ state: one === 'open' ? '' : one })}
          >
            {letterLooks[one].word}
          </button>
        ))}
      </div>
      {error === null ? null : <Failure error={error} again={() => void refetch()} />}
      {data === undefined ? (
        error === null ? (
          <Waiting what="the dead letters" />
        ) : null
      ) : (
        <Groups answer={data} state={state} askWhy={askWhy} />
      )}
      {dialog}
    </>
  );
}

const reasons = ['The cause is fixed', 'The provider answers again'];

function Groups({
  answer,
  state,
  askWhy,
}: {
  readonly answer: DeadLetterGroups;
  readonly state: DeadLetter['state'];
  readonly askWhy: ReturnType<typeof useAskWhy>['askWhy'];
}): React.ReactElement {
  if (answer.groups.length === 0)
    return state === 'open' ? (
      <Empty title="No dead letters.">
        Nothing was given up on. When an event cannot be handled, it comes here and waits for you.
      </Empty>
    ) : (
      <Empty title={`None is ${letterLooks[state].word.toLowerCase()}.`} />
    );
  return (
    <>
      {answer.complete ? null : (
        <p className="faint">Only the oldest {count(answer.looked)} were looked at; there are more.</p>
      )}
      {answer.groups.map((group) => (
        <Group key={`${group.consumer} ${group.group}`} group={group} state={state} askWhy={askWhy} />
      ))}
    </>
  );
}

function Group({
  group,
  state,
  askWhy,
}: {
  readonly group: DeadLetterGroup;
  readonly state: DeadLetter['state'];
  readonly askWhy: ReturnType<typeof useAskWhy>['askWhy'];
}): React.ReactElement {
  const redrive = (): void =>
    askWhy({
      title: `Redrive ${counted(group.letters, 'dead letter')}`,
      means: 'They are tried again, in the order of the log. Whoever fails again comes back here.',
      verb: 'Redrive',
      path: '/api/dead-letters/redrive',
      body: { group: group.group },
      reasons,
    });
  return (
    <section className="section letter-group" aria-label={`${group.consumer}: ${group.fault}`}>
      <div className="section-head">
        <h2>
          {group.consumer} <code className="faint">{shortType(group.type)}</code>
        </h2>
        <div className="section-aside">
          {state === 'open' ? (
            <button type="button" className="button small" onClick={redrive}>
              Redrive {group.letters === 1 ? 'it' : `all ${count(group.letters)}`} …
            </button>
          ) : null}
        </div>
      </div>
      <p className="fault">{group.fault}</p>
      <p className="faint">
        {counted(group.letters, 'letter')} of {counted(group.orders, 'order')}, after{' '}
        {group.letters > 1 && group.attemptsMax > 1 ? 'up to ' : ''}
        {counted(group.attemptsMax, 'attempt')}
        {group.letters > 1 ? ' each; the first' : ','} <Age ms={group.firstAtMs} />
        {group.letters > 1 || group.attemptsMax > 1 ? (
          <>
            , the last <Age ms={group.lastAtMs} />
          </>
        ) : null}
      </p>
      <details>
        <summary>Letters, in log order</summary>
        <Letters group={group} state={state} />
      </details>
    </section>
  );
}

function Letters({
  group,
  state,
}: {
  readonly group: DeadLetterGroup;
  readonly state: DeadLetter['state'];
}): React.ReactElement {
  const search = new URLSearchParams({ state, consumer: group.consumer, group: group.group, limit: '100' });
  const { data, error, refetch } = useAnswer<DeadLetterList>(`/api/dead-letters?${search}`, { followsLog: true });
  if (error !== null) return <Failure error={error} again={() => void refetch()} />;
  if (data === undefined) return <Waiting what="the letters" />;
  return (
    <>
      <ul className="letters">
        {data.letters.map((letter) => (
          <li key={letter.id}>
            <Link href={`/dead-letters/${encodeURIComponent(letter.id)}`} className="letter-line">
              <span className="number">{`${letter.log}:${letter.position}`}</span>
              <code>{letter.orderId === null ? letter.stream : shortId(letter.orderId)}</code>
              <Mark look={letterLooks[letter.state]} />
              <span className="cut faint">{letter.reason}</span>
            </Link>
          </li>
        ))}
      </ul>
      {data.complete ? null : <p className="faint">The first 100 are shown.</p>}
    </>
  );
}
