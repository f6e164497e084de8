/** One dead letter: why, what its handler would do now, and the decision about it. */
import { useMutation } from '@tanstack/react-query';
import { Link } from 'wouter';
import { useAskWhy } from '../parts/ask-why.tsx';
import { Fact } from '../parts/facts.tsx';
import { JsonView } from '../parts/json-view.tsx';
import { Mark } from '../parts/mark.tsx';
import { Failure, Notice, Waiting } from '../parts/notices.tsx';
import { PageHead, Section } from '../parts/page-head.tsx';
import { Age, At, Copy, Id } from '../parts/values.tsx';
import type { DeadLetter, DeadLetterDetail, DryRun } from '../server/answers.ts';
import { act } from '../server/ask.ts';
import { useAnswer } from '../server/live-query.ts';
import { shortId, shortType } from '../words/names.ts';
import { count, counted } from '../words/numbers.ts';
import type { Tone } from '../words/states.ts';
import { letterLooks } from './letter-looks.ts';

export default function DeadLetterPage({ id }: { readonly id: string }): React.ReactElement {
  const path = `/api/dead-letters/${encodeURIComponent(id)}`;
  const { data, error, refetch } = useAnswer<DeadLetterDetail>(path, { followsLog: true });
  return (
    <>
      {data === undefined ? (
        <PageHead
          title="Dead letter"
          tabTitle="Dead letter"
          about={<Link href="/dead-letters">All dead letters</Link>}
        />
      ) : null}
      {error === null ? null : <Failure error={error} again={() => void refetch()} />}
      {data === undefined ? (
        error === null ? (
          <Waiting what="the dead letter" />
        ) : null
      ) : (
        <Letter detail={data} path={path} />
      )}
    </>
  );
}

function Letter({ detail, path }: { readonly detail: DeadLetterDetail; readonly path: string }): React.ReactElement {
  const { letter } = detail;
  return (
    <>
      <Head letter={letter} path={path} />
      <Notice tone={letter.state === 'open' ? 'bad' : letterLooks[letter.state].tone}>
        <b>{letter.consumer}</b> gave up on <code>{shortType(letter.type)}</code> after{' '}
        {counted(letter.attempts, 'attempt')}: {letter.reason}
      </Notice>
      {detail.behind > 0 && letter.state === 'open' ? (
        <Notice tone="warn">
          {counted(detail.behind, 'later event')} of the same order {detail.behind === 1 ? 'waits' : 'wait'} behind it.
        </Notice>
      ) : null}
      <Facts letter={letter} />
      <DryRunPart path={path} />
      <div className="halves">
        <Section title="Stack">
          {letter.stack === null ? (
            <p className="faint">None: the handler refused the event on purpose.</p>
          ) : (
            <div className="json">
              <Copy text={letter.stack} what="stack" label="Copy" />
              <pre tabIndex={0}>{letter.stack}</pre>
            </div>
          )}
        </Section>
        <Section title="Event">
          {detail.data === null ? (
            <Notice tone="warn">The store does not have this event.</Notice>
          ) : (
            <JsonView value={pretty(detail.data)} what="the event’s data" />
          )}
          <details>
            <summary>Metadata</summary>
            <JsonView value={detail.metadata} what="the event’s metadata" />
          </details>
        </Section>
      </div>
      <Decisions decisions={detail.decisions} />
    </>
  );
}

function Head({ letter, path }: { readonly letter: DeadLetter; readonly path: string }): React.ReactElement {
  const { askWhy, dialog } = useAskWhy();
  return (
    <PageHead
      title={`Dead letter at ${letter.log}:${letter.position}`}
      tabTitle={`Dead letter ${letter.position}`}
      about={
        <>
          <Mark look={letterLooks[letter.state]} /> · <Link href="/dead-letters">All dead letters</Link>
        </>
      }
    >
      {letter.state === 'open' ? (
        <>
          <button
            type="button"
            className="button primary"
            onClick={() =>
              askWhy({
                title: 'Redrive this dead letter',
                means:
                  'Its consumer tries the event again. If that fails, it comes back here; if not, what waits behind it goes on.',
                verb: 'Redrive',
                path: `${path}/redrive`,
                reasons: ['The cause is fixed', 'The provider answers again'],
              })
            }
          >
            Redrive …
          </button>
          <button
            type="button"
            className="button danger"
            onClick={() =>
              askWhy({
                title: 'Discard this dead letter',
                means:
                  'This consumer never handles this event, and goes on with what waits behind it. The event itself stays in the log.',
                verb: 'Discard',
                isDangerous: true,
                path: `${path}/discard`,
                reasons: ['Mended by hand', 'Was never meant to be handled'],
              })
            }
          >
            Discard …
          </button>
        </>
      ) : null}
      {dialog}
    </PageHead>
  );
}

function Facts({ letter }: { readonly letter: DeadLetter }): React.ReactElement {
  return (
    <dl className="facts panel">
      <Fact name="Order">
        {letter.orderId === null ? (
          letter.stream
        ) : (
          <Link href={`/orders/${letter.orderId}`}>{shortId(letter.orderId)}</Link>
        )}
      </Fact>
      <Fact name="Event">
        <Id id={letter.eventId} what="event id" />
      </Fact>
      <Fact name="Revision">{count(letter.revision)}</Fact>
      <Fact name="First failed">
        <At ms={letter.firstAtMs} />
      </Fact>
      <Fact name="Last failed">
        <Age ms={letter.lastAtMs} />
      </Fact>
      {letter.resolvedBy === null ? null : (
        <Fact name="Decided">
          {letter.resolvedBy}: {letter.resolvedWhy ?? 'no reason kept'}
        </Fact>
      )}
    </dl>
  );
}

const outcomeTones: Readonly<Record<DryRun['outcome'], Tone>> = {
  done: 'good',
  retry: 'warn',
  deadLetter: 'bad',
  threw: 'bad',
  unavailable: 'warn',
  endedProcess: 'bad',
  unanswered: 'warn',
};

function DryRunPart({ path }: { readonly path: string }): React.ReactElement {
  const { mutate, data, error, isPending } = useMutation({ mutationFn: () => act<DryRun>(`${path}/dry-run`) });
  return (
    <Section
      title="Dry run"
      aside={
        <button type="button" className="button small" disabled={isPending} onClick={() => mutate()}>
          {isPending ? 'Running …' : 'Dry-run its handler'}
        </button>
      }
    >
      {error === null ? null : <Failure error={error} />}
      {data === undefined ? (
        <p className="faint">Shows what its handler would do with it now, without changing anything.</p>
      ) : (
        <>
          <Notice tone={outcomeTones[data.outcome]}>{data.says}</Notice>
          {data.effects.length === 0 ? null : (
            <ol className="effects" aria-label="What it would do">
              {data.effects.map((effect) => (
                <li key={effect}>{effect}</li>
              ))}
            </ol>
          )}
          {data.stack === null ? null : (
            <div className="json">
              <pre tabIndex={0}>{data.stack}</pre>
            </div>
          )}
        </>
      )}
    </Section>
  );
}

function Decisions({ decisions }: { readonly decisions: DeadLetterDetail['decisions'] }): React.ReactElement | null {
  if (decisions.length === 0) return null;
  return (
    <Section title="Decisions">
      <ul className="decisions">
        {decisions.map((one) => (
          <li key={`${one.atMs} ${one.decision}`}>
            <At ms={one.atMs} /> <b>{one.by}</b> {one.decision === 'redrive' ? 'had it redriven' : 'discarded it'}:{' '}
            {one.why}
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** Indented when it is JSON, as it is when not. */
function pretty(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return text;
  }
}
