/** The whole system in one word, on every page; and a line across the page when no news come any more. */
import { Link } from 'wouter';
import { Mark } from '../parts/mark.tsx';
import { Notice } from '../parts/notices.tsx';
import { useNowMs } from '../parts/now.ts';
import type { FloorNews } from '../server/floor-feed.ts';
import { counted } from '../words/numbers.ts';
import type { Look } from '../words/states.ts';
import { wholeDuration } from '../words/times.ts';

/** News come every second; this long without any is silence. */
const silenceMs = 5_000;

export function SystemWord({ news }: { readonly news: FloorNews }): React.ReactElement {
  return (
    <Link href="/" className="system-word">
      <span role="status">
        <Mark look={lookOf(news)} />
      </span>
    </Link>
  );
}

function lookOf({ floor, link }: FloorNews): Look {
  if (link === 'lost') return { word: 'No connection', tone: 'bad', shape: 'cross' };
  if (floor === undefined) return { word: 'Connecting', tone: 'busy', shape: 'ring' };
  const { length } = floor.troubles;
  if (length === 0) return { word: 'All is well', tone: 'good', shape: 'dot' };
  return { word: counted(length, 'trouble'), tone: 'bad', shape: 'triangle' };
}

export function LinkLost({ news }: { readonly news: FloorNews }): React.ReactElement | null {
  const nowMs = useNowMs();
  const silent = news.link === 'live' && news.heardMs > 0 && nowMs - news.heardMs > silenceMs;
  if (news.link !== 'lost' && !silent) return null;
  return (
    <Notice tone="bad">
      The console does not answer
      {news.heardMs > 0 ? ` since ${wholeDuration(nowMs - news.heardMs)}: what you see is that old` : ''}. Look at the
      terminal where <code>npm start</code> runs; this page goes on by itself.
    </Notice>
  );
}
