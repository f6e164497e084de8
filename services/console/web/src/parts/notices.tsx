/** What a page says when it has nothing to show, waits, or was refused. */
import { Link } from 'wouter';
import type { Trouble } from '../server/answers.ts';
import { Refusal, sentence } from '../server/ask.ts';
import type { Tone } from '../words/states.ts';
import { MarkShape } from './mark.tsx';
import { Said } from './said.tsx';

/** A sentence in a frame, with what to do. */
export function Notice({
  tone,
  children,
  action,
}: {
  readonly tone: Tone;
  readonly children: React.ReactNode;
  readonly action?: React.ReactNode;
}): React.ReactElement {
  const shape = tone === 'bad' ? 'triangle' : tone === 'warn' ? 'diamond' : tone === 'good' ? 'check' : 'dot';
  return (
    <div className={`notice tone-${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <MarkShape shape={shape} tone={tone} />
      <div className="notice-words">{children}</div>
      {action === undefined ? null : <div className="notice-action">{action}</div>}
    </div>
  );
}

/** Why something could not be shown or done. */
export function Failure({
  error,
  again,
}: {
  readonly error: unknown;
  readonly again?: () => void;
}): React.ReactElement {
  const says = error instanceof Error ? error.message : String(error);
  return (
    <Notice
      tone="bad"
      action={
        again === undefined ? undefined : (
          <button type="button" className="button small" onClick={again}>
            Try again
          </button>
        )
      }
    >
      <Said text={sentence(says)} />
      {error instanceof Refusal ? null : ' Reload the page; if it stays, it is a fault of this page.'}
    </Notice>
  );
}

/** Something is not as it should be, and what to do about it. */
export function TroubleNotice({
  trouble,
  tone = 'warn',
}: {
  readonly trouble: Trouble;
  readonly tone?: Tone;
}): React.ReactElement {
  const page = pageFor(trouble.nextStep ?? '');
  return (
    <Notice tone={tone} action={page === undefined ? undefined : <Link href={page.path}>{page.says}</Link>}>
      <Said text={trouble.says} />
      {trouble.nextStep === null ? null : (
        <>
          {' '}
          <span className="next-step">
            <Said text={sentence(trouble.nextStep)} />
          </span>
        </>
      )}
    </Notice>
  );
}

/** The page that shows what a command of the next step shows, where there is one. */
function pageFor(nextStep: string): { readonly path: string; readonly says: string } | undefined {
  if (/dead[ -]letters/.test(nextStep)) return { path: '/dead-letters', says: 'Dead letters' };
  if (nextStep.includes('eventstream sagas')) return { path: '/sagas', says: 'Sagas' };
  return undefined;
}

/** Nothing there, and why that may be. */
export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: React.ReactNode;
}): React.ReactElement {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children === undefined ? null : <div>{children}</div>}
    </div>
  );
}

/** Stands where an answer will be. Appears late: most answers are quicker than a reader. */
export function Waiting({ what }: { readonly what: string }): React.ReactElement {
  return (
    <p className="waiting" role="status">
      Reading {what} …
    </p>
  );
}
