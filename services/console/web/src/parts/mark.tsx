/** A state as shape, colour and word. */
import type { Look, Shape, Tone } from '../words/states.ts';

const paths: Readonly<Record<Shape, React.ReactElement>> = {
  dot: <circle cx="6" cy="6" r="4" />,
  ring: <circle cx="6" cy="6" r="3.5" className="hollow" />,
  half: (
    <>
      <circle cx="6" cy="6" r="3.8" className="hollow" />
      <path d="M6 2.2a3.8 3.8 0 0 1 0 7.6z" />
    </>
  ),
  check: <path d="M2 6.3 4.8 9 10 3.2" className="line" />,
  cross: <path d="m2.8 2.8 6.4 6.4m0-6.4-6.4 6.4" className="line" />,
  pause: <path d="M4 2.5v7M8 2.5v7" className="line" />,
  square: <rect x="2" y="2" width="8" height="8" rx="1" />,
  triangle: <path d="M6 1.5 11 10.3H1z" />,
  diamond: <path d="M6 .9 11.1 6 6 11.1.9 6z" />,
  dash: <path d="M2 6h8" className="line" />,
  back: <path d="M4.4 1.8 1.8 4.4l2.6 2.6M2 4.4h4.8a2.9 2.9 0 0 1 0 5.8H4" className="line" />,
};

/** The shape alone, 12 by 12, for drawings and beside words. Says nothing to those who listen. */
export function MarkShape({ shape, tone }: { readonly shape: Shape; readonly tone: Tone }): React.ReactElement {
  return (
    <svg className={`mark tone-${tone}`} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      {paths[shape]}
    </svg>
  );
}

/** Shape and word. */
export function Mark({ look, note }: { readonly look: Look; readonly note?: string }): React.ReactElement {
  return (
    <span className={`state tone-${look.tone}`}>
      <MarkShape shape={look.shape} tone={look.tone} />
      <span>
        {look.word}
        {note === undefined ? null : <span className="note"> · {note}</span>}
      </span>
    </span>
  );
}
