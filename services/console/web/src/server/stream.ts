/** Listening to what the console sends by itself (SSE). A stream that ends is opened again; a hidden page listens to nothing. */
import { useEffect, useEffectEvent } from 'react';

/** How a stream stands. */
export type Link = 'connecting' | 'live' | 'lost';

const reopenMs = [500, 1_000, 2_000, 5_000];

/** What is done with what comes, by the event's name; the data is still text. */
export interface Listener {
  readonly on: Readonly<Record<string, (data: string) => void>>;
  readonly onLink?: (link: Link) => void;
}

/** Opens a stream; answers how to close it. */
export function listen(url: string, { on, onLink }: Listener): () => void {
  let source: EventSource | undefined;
  let timer: number | undefined;
  let failures = 0;

  const open = (): void => {
    window.clearTimeout(timer);
    onLink?.(failures === 0 ? 'connecting' : 'lost');
    source = new EventSource(url);
    source.addEventListener('open', () => {
      failures = 0;
      onLink?.('live');
    });
    // The browser's own attempts end with the first refusal (a console that is starting); these do not.
    source.addEventListener('error', () => {
      source?.close();
      onLink?.('lost');
      timer = window.setTimeout(open, reopenMs[Math.min(failures, reopenMs.length - 1)]);
      failures += 1;
    });
    for (const [name, take] of Object.entries(on))
      source.addEventListener(name, ({ data }: MessageEvent<string>) => take(data));
  };
  const close = (): void => {
    window.clearTimeout(timer);
    source?.close();
  };
  // A browser has six connections to one console, for all its tabs: hidden ones must not hold theirs.
  const follow = (): void => {
    close();
    if (document.visibilityState === 'visible') open();
  };

  follow();
  document.addEventListener('visibilitychange', follow);
  return () => {
    document.removeEventListener('visibilitychange', follow);
    close();
  };
}

/** Listens as long as the component is there. A null address listens to nothing. */
export function useStream(url: string | null, listener: Listener): void {
  const names = Object.keys(listener.on).join(' ');
  const take = useEffectEvent((name: string, data: string) => listener.on[name]?.(data));
  const tellLink = useEffectEvent((link: Link) => listener.onLink?.(link));
  useEffect(() => {
    if (url === null) return undefined;
    const on = Object.fromEntries(names.split(' ').map((name) => [name, (data: string) => take(name, data)]));
    return listen(url, { on, onLink: (link) => tellLink(link) });
  }, [url, names]);
}
