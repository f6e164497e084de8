/** Values that look the same everywhere: ids, times, amounts. */
import { useState } from 'react';
import type { Money } from '../server/answers.ts';
import { shortId } from '../words/names.ts';
import { amount, none } from '../words/numbers.ts';
import { ago, moment, utc } from '../words/times.ts';
import { useNowMs } from './now.ts';

const copiedMs = 1_500;

/** Copies a text; says for a moment that it did. */
export function Copy({
  text,
  what,
  label,
}: {
  readonly text: string;
  /** What is copied, for those who listen: `order id`. */
  readonly what: string;
  /** Words on the button; without, it is a small sign. */
  readonly label?: string;
}): React.ReactElement {
  const [answer, setAnswer] = useState<'copied' | 'refused' | undefined>();
  const copy = async (): Promise<void> => {
    const copied = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    setAnswer(copied ? 'copied' : 'refused');
    window.setTimeout(() => setAnswer(undefined), copiedMs);
  };
  const says = answer === undefined ? label : answer === 'copied' ? 'Copied' : 'Not allowed';
  return (
    <button
      type="button"
      className={label === undefined ? 'copy-sign' : 'button small'}
      aria-label={label === undefined ? (says ?? `Copy ${what}`) : undefined}
      title={`Copy ${what}`}
      onClick={() => void copy()}
    >
      <svg viewBox="0 0 14 14" width="13" height="13" aria-hidden="true" className="line-drawing">
        {answer === 'copied' ? <path d="m2.5 7.5 3 3 6-7" /> : <path d="M5 5V2.5h6.5V9H9M2.5 5H9v6.5H2.5z" />}
      </svg>
      {label === undefined ? null : (
        <span>
          {says}
          <span className="for-ears">: {what}</span>
        </span>
      )}
    </button>
  );
}

/** An id: whole where there is room, else without its middle; with a sign to copy it. */
export function Id({
  id,
  what,
  whole = false,
}: {
  readonly id: string;
  readonly what: string;
  readonly whole?: boolean;
}): React.ReactElement {
  return (
    <span className="id">
      <code title={id}>{whole ? id : shortId(id)}</code>
      <Copy text={id} what={what} />
    </span>
  );
}

/** `16:41:48`; the exact time under the pointer. */
export function At({ ms }: { readonly ms: number | null }): React.ReactElement {
  return <Moment ms={ms} show={moment} />;
}

/** `4 m 32 s ago`, `in 12 s`. */
export function Age({ ms }: { readonly ms: number | null }): React.ReactElement {
  return <Moment ms={ms} show={ago} />;
}

function Moment({
  ms,
  show,
}: {
  readonly ms: number | null;
  readonly show: (ms: number, nowMs: number) => string;
}): React.ReactElement {
  const nowMs = useNowMs();
  if (ms === null) return <span className="faint">{none}</span>;
  return (
    <time dateTime={utc(ms)} title={utc(ms)}>
      {show(ms, nowMs)}
    </time>
  );
}

/** A deadline: how long there is, and a different colour when it has passed. */
export function Due({ ms }: { readonly ms: number | null }): React.ReactElement {
  const nowMs = useNowMs();
  if (ms === null) return <span className="faint">none</span>;
  const isPast = ms < nowMs;
  return (
    <time dateTime={utc(ms)} title={utc(ms)} className={isPast ? 'tone-bad' : undefined}>
      {isPast ? `overdue, ${ago(ms, nowMs)}` : ago(ms, nowMs)}
    </time>
  );
}

/** `1,200.00 USD`. */
export function Amount({ money }: { readonly money: Money | null }): React.ReactElement {
  return <span className="number">{money === null ? none : amount(money)}</span>;
}
