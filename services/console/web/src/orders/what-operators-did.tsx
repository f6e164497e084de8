/** Done through this console, when and why: of one subject, or of all. */
import { Link } from 'wouter';
import { Heads } from '../parts/heads.tsx';
import { Mark } from '../parts/mark.tsx';
import { Empty, Failure, Waiting } from '../parts/notices.tsx';
import { Section } from '../parts/page-head.tsx';
import { ScrollX } from '../parts/scroll-x.tsx';
import { At } from '../parts/values.tsx';
import type { AuditLine, AuditPage } from '../server/answers.ts';
import { usePages } from '../server/live-query.ts';
import { shortId } from '../words/names.ts';
import type { Look } from '../words/states.ts';

const outcomeLooks: Readonly<Record<NonNullable<AuditLine['outcome']>, Look>> = {
  done: { word: 'Done', tone: 'good', shape: 'check' },
  refused: { word: 'Refused', tone: 'warn', shape: 'dash' },
  failed: { word: 'Failed', tone: 'bad', shape: 'cross' },
};
const unknown: Look = { word: 'Not known', tone: 'warn', shape: 'diamond' };

const orderId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function Subject({ subject }: { readonly subject: string }): React.ReactElement {
  if (orderId.test(subject))
    return (
      <Link href={`/orders/${subject}`}>
        <code>{shortId(subject)}</code>
      </Link>
    );
  return <span className="may-break">{subject}</span>;
}

export function WhatOperatorsDid({ subject }: { readonly subject?: string }): React.ReactElement {
  const search = new URLSearchParams(subject === undefined ? {} : { subject });
  search.set('limit', '20');
  const { lines, isReading, error, again, more } = usePages<AuditPage, AuditLine>(
    'audit',
    search,
    (page) => page.lines,
  );
  return (
    <Section title="Done through this console">
      {error === null ? null : <Failure error={error} again={again} />}
      {isReading ? <Waiting what="the record" /> : null}
      {!isReading && error === null && lines.length === 0 ? (
        <Empty title={subject === undefined ? 'Nobody has done anything yet.' : 'Nobody has done anything to it.'} />
      ) : null}
      {lines.length === 0 ? null : (
        <ScrollX label="What people did">
          <table>
            <Heads columns={['When', 'Who', 'What', ...(subject === undefined ? ['To'] : []), 'Why', 'Outcome']} />
            <tbody>
              {lines.map((line) => (
                <tr key={line.id}>
                  <td className="time">
                    <At ms={line.atMs} />
                  </td>
                  <td className="may-break">{line.by}</td>
                  <td>{line.action}</td>
                  {subject === undefined ? (
                    <td className="may-break">
                      <Subject subject={line.subject} />
                    </td>
                  ) : null}
                  <td className="may-break">{line.why}</td>
                  <td title={line.says ?? ''}>
                    <Mark look={line.outcome === null ? unknown : outcomeLooks[line.outcome]} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollX>
      )}
      {more === undefined ? null : (
        <button type="button" className="button small" onClick={more}>
          Older ones
        </button>
      )}
    </Section>
  );
}
