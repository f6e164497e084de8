/** The floor as it is now, and its last minutes: one stream for the whole page. */
import { useSyncExternalStore } from 'react';
import type { Floor, FloorHistory, FloorPoint } from './answers.ts';
import { readAnswer } from './ask.ts';
import { type Link, listen } from './stream.ts';

/** What every part of the page may know of the system. */
export interface FloorNews {
  /** Undefined until the first news. */
  readonly floor: Floor | undefined;
  /** One a second, oldest first. */
  readonly points: readonly FloorPoint[];
  readonly link: Link;
  /** When the last news came, by this browser's clock. */
  readonly heardMs: number;
}

/** Ten minutes, as the console keeps them. */
const pointsMax = 600;

let news: FloorNews = { floor: undefined, points: [], link: 'connecting', heardMs: 0 };
const readers = new Set<() => void>();
let close: (() => void) | undefined;

function tell(change: Partial<FloorNews>): void {
  news = { ...news, ...change };
  for (const read of readers) read();
}

function subscribe(read: () => void): () => void {
  readers.add(read);
  close ??= listen('/api/floor/stream', {
    on: {
      history: (data) => tell({ points: readAnswer<FloorHistory>(data).points }),
      floor: (data) => {
        const floor = readAnswer<Floor>(data);
        tell({ floor, points: added(news.points, floor.point), heardMs: Date.now(), link: 'live' });
      },
    },
    onLink: (link) => tell({ link }),
  });
  return () => {
    readers.delete(read);
  };
}

/** The history and the first look may hold the same second. */
function added(points: readonly FloorPoint[], point: FloorPoint): readonly FloorPoint[] {
  const last = points.at(-1);
  if (last !== undefined && point.atMs <= last.atMs) return points;
  return [...points.slice(1 - pointsMax), point];
}

/** The newest news; drawn anew every second. */
export function useFloorNews(): FloorNews {
  return useSyncExternalStore(subscribe, () => news);
}

/** The log's last position, for whoever wants to know only that something happened. */
export function useHead(): number | null {
  return useSyncExternalStore(subscribe, () => news.floor?.positions.head ?? null);
}
