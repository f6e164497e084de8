/** Events as they are recorded, newest first, as many as a page can hold. */
import { useRef, useState } from 'react';
import type { Begun, LogEvent, Skipped } from '../server/answers.ts';
import { readAnswer } from '../server/ask.ts';
import { useStream } from '../server/stream.ts';

const heldMax = 1_000;
/** Many events a second are drawn together. */
const drawMs = 200;

export interface LiveEvents {
  readonly events: readonly LogEvent[];
  /** How many were left out. */
  readonly left: number;
  /** They are all that was recorded after this position; undefined until the stream has begun. */
  readonly after: number | undefined;
}

export function useLiveEvents(isLive: boolean, query: URLSearchParams): LiveEvents {
  const [shown, setShown] = useState(none);
  const arrived = useRef<LogEvent[]>([]);
  const timer = useRef<number>(undefined);
  const asked = new URLSearchParams();
  for (const name of ['types', 'stream']) {
    const value = query.get(name);
    if (value !== null) asked.set(name, value);
  }
  const draw = (): void => {
    timer.current = undefined;
    const news = arrived.current.toReversed();
    arrived.current = [];
    setShown(({ events, left, after }) => {
      const known = new Set(events.map(({ position }) => position));
      const all = [...news.filter(({ position }) => !known.has(position)), ...events];
      return { events: all.slice(0, heldMax), left: left + Math.max(0, all.length - heldMax), after };
    });
  };
  useStream(isLive ? `/api/log/stream?${asked}` : null, {
    on: {
      // Also when the stream was lost and opened again: what was recorded meanwhile is told to nobody.
      begun: (data) => {
        arrived.current = [];
        setShown({ events: [], left: 0, after: readAnswer<Begun>(data).after });
      },
      recorded: (data) => {
        arrived.current.push(readAnswer<LogEvent>(data));
        timer.current ??= window.setTimeout(draw, drawMs);
      },
      skipped: (data) => {
        const { after, to } = readAnswer<Skipped>(data);
        setShown((held) => ({ ...held, left: held.left + to - after }));
      },
    },
  });
  return isLive ? shown : none;
}

const none: LiveEvents = { events: [], left: 0, after: undefined };
