/** The promises of the system, checked: how the last verification went, and a button that starts the next. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from 'wouter';
import { Heads } from '../parts/heads.tsx';
import { Mark } from '../parts/mark.tsx';
import { Failure, Notice, Waiting } from '../parts/notices.tsx';
import { Section } from '../parts/page-head.tsx';
import { ScrollX } from '../parts/scroll-x.tsx';
import { Age } from '../parts/values.tsx';
import type { PromiseLine, Verification, VerifyState } from '../server/answers.ts';
import { act, readAnswer } from '../server/ask.ts';
import { useAnswer } from '../server/live-query.ts';
import { byOperator, useSession } from '../server/session.ts';
import { useStream } from '../server/stream.ts';
import { count, counted, decimal } from '../words/numbers.ts';
import type { Look } from '../words/states.ts';
import { duration } from '../words/times.ts';

const path = '/api/verify';

export function VerifyPart(): React.ReactElement {
  const session = useSession();
  const known = useQueryClient();
  const { data, error } = useAnswer<VerifyState>(path);
  const start = useMutation({ mutationFn: () => act<VerifyState>(path, byOperator()) });
  useStream(`${path}/stream`, { on: { verify: (text) => known.setQueryData([path], readAnswer<VerifyState>(text)) } });
  const running = data?.running ?? null;
  return (
    <Section
      title="Verification"
      aside={
        <button
          type="button"
          className="button small primary"
          disabled={running !== null || start.isPending || session?.canVerify === false}
          onClick={() => start.mutate()}
        >
          {running === null ? 'Verify now' : 'Verifying …'}
        </button>
      }
    >
      {session?.canVerify === false && session.cannotVerifyWhy !== null ? (
        <Notice tone="warn">{session.cannotVerifyWhy}</Notice>
      ) : null}
      {error === null ? null : <Failure error={error} />}
      {start.error === null ? null : <Failure error={start.error} />}
      {running === null ? null : (
        <div className="verify-progress" role="status">
          <progress {...(running.of > 0 ? { value: running.done, max: running.of } : {})} aria-label="Verification" />
          <span>
            {running.phase}
            {running.of > 0 ? `: ${count(running.done)} of ${count(running.of)}` : ''}
          </span>
        </div>
      )}
      {data === undefined ? (
        error === null ? (
          <Waiting what="the last verification" />
        ) : null
      ) : data.last === null ? (
        running === null ? (
          <p className="faint">Not run yet since this console started.</p>
        ) : null
      ) : (
        <Last last={data.last} />
      )}
    </Section>
  );
}

function Last({ last }: { readonly last: Verification }): React.ReactElement {
  return (
    <>
      {last.trouble !== null ? (
        <Notice tone="warn">It could not be made: {last.trouble}</Notice>
      ) : (
        <Notice tone={verdict(last.holds).tone}>
          {verdict(last.holds).says}, over {counted(last.orders ?? 0, 'order')} up to position {count(last.position)}.{' '}
          <span className="faint">
            Run by {last.by} <Age ms={last.endedAtMs} />, in {duration(last.tookMs)}.
          </span>
        </Notice>
      )}
      {last.promises.length === 0 ? null : <Promises lines={last.promises} />}
      {last.money.length === 0 ? null : <Money money={last.money} />}
      {last.remarks.map((remark) => (
        <p className="faint" key={remark.says}>
          To know: {count(remark.count)} {remark.says}
          {remark.first.length === 0 ? '' : `: ${remark.first.join(', ')}`}
        </p>
      ))}
    </>
  );
}

/** Null: a promise could not be checked this time, and its line says why. */
function verdict(holds: boolean | null): { readonly tone: 'good' | 'warn' | 'bad'; readonly says: string } {
  if (holds === null) return { tone: 'warn', says: 'What could be checked holds' };
  return holds ? { tone: 'good', says: 'Every promise holds' } : { tone: 'bad', says: 'A promise is broken' };
}

const verdictLooks: Readonly<Record<PromiseLine['verdict'], Look>> = {
  holds: { word: 'Holds', tone: 'good', shape: 'check' },
  broken: { word: 'Broken', tone: 'bad', shape: 'cross' },
  'not checked': { word: 'Not checked', tone: 'warn', shape: 'dash' },
};

function Promises({ lines }: { readonly lines: readonly PromiseLine[] }): React.ReactElement {
  return (
    <ol className="promises">
      {lines.map((line) => (
        <li key={line.number}>
          <span className="number faint">{line.number}</span>
          <Mark look={verdictLooks[line.verdict]} />
          <span>
            {line.says}
            {line.first === null ? null : (
              <span className={line.verdict === 'broken' ? 'tone-bad' : 'faint'}>
                {' '}
                {line.first}{' '}
                {line.orderId === null ? null : <Link href={`/orders/${line.orderId}`}>See the order</Link>}
              </span>
            )}
          </span>
          <span className="number faint">{count(line.examined)} examined</span>
        </li>
      ))}
    </ol>
  );
}

const sums = ['Debited', 'Voided', 'Approved', 'In flight', 'External'];

function Money({ money }: { readonly money: Verification['money'] }): React.ReactElement {
  return (
    <ScrollX label="Money">
      <table>
        <Heads columns={['Money', ...sums]} numbers={sums} />
        <tbody>
          {money.map((line) => (
            <tr key={line.debited.currency}>
              <th scope="row">{line.debited.currency}</th>
              <td className="number">{decimal(line.debited)}</td>
              <td className="number">{decimal(line.voided)}</td>
              <td className="number">{decimal(line.approved)}</td>
              <td className="number">{decimal(line.inFlight)}</td>
              <td className="number">{decimal(line.external)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollX>
  );
}
