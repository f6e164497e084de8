/** Events as they are recorded, newest first, as many as a page can hold. */
import { useRef, useState } from 'react';
import type { LogEvent, Skipped } from '../server/answers.ts';
import { readAnswer } from '../server/ask.ts';
import { useStream } from '../server/stream.ts';

const heldMax = 1_000;
/** Many events a second are drawn together. */
const drawMs = 200;

export interface LiveEvents {
  readonly events: readonly LogEvent[];
  /** How many were left out. */
  readonly left: number;
}

export function useLiveEvents(isLive: boolean, query: URLSearchParams): LiveEvents {
  const [shown, setShown] = useState<LiveEvents>({ events: [], left: 0 });
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
    setShown(({ events, left }) => {
      const known = new Set(events.map(({ position }) => position));
      return { events: [...news.filter(({ position }) => !known.has(position)), ...events].slice(0, heldMax), left };
    });
  };
  useStream(isLive ? `/api/log/stream?${asked}` : null, {
    on: {
      recorded: (data) => {
        arrived.current.push(readAnswer<LogEvent>(data));
        timer.current ??= window.setTimeout(draw, drawMs);
      },
      skipped: (data) => {
        const { after, to } = readAnswer<Skipped>(data);
        setShown(({ events, left }) => ({ events, left: left + to - after }));
      },
    },
  });
  return isLive ? shown : none;
}

const none: LiveEvents = { events: [], left: 0 };
