/**
 * A list that may be very long: only the lines in view are in the page, and the next ones are asked for shortly before
 * they are. It scrolls with the page. Arrow keys go from line to line.
 */
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useEffectEvent, useRef, useState } from 'react';

/** The list's lines, and how to get more. */
export interface LongListProps<Line> {
  readonly label: string;
  readonly lines: readonly Line[];
  readonly keyOf: (line: Line) => string | number;
  readonly draw: (line: Line) => React.ReactNode;
  /** Height of a line in a wide and in a narrow window; the styles have the same. */
  readonly heightPx: { readonly wide: number; readonly narrow: number };
  readonly className: string;
  /** Undefined when these are all. */
  readonly more?: (() => void) | undefined;
}

/** As in lists.css. */
const narrow = '(max-width: 1000px)';
const askBefore = 20;

export function useIsNarrow(): boolean {
  const [isNarrow, setNarrow] = useState(() => window.matchMedia(narrow).matches);
  useEffect(() => {
    const media = window.matchMedia(narrow);
    const follow = (): void => setNarrow(media.matches);
    media.addEventListener('change', follow);
    return () => media.removeEventListener('change', follow);
  }, []);
  return isNarrow;
}

export function LongList<Line>({
  label,
  lines,
  keyOf,
  draw,
  heightPx,
  className,
  more,
}: LongListProps<Line>): React.ReactElement {
  const list = useRef<HTMLUListElement>(null);
  const [topPx, setTopPx] = useState(0);
  const isNarrow = useIsNarrow();
  const lineHeight = isNarrow ? heightPx.narrow : heightPx.wide;
  useEffect(() => {
    // What stands above the list may grow and shrink; with it, everything does.
    const measureTop = (): void => setTopPx((list.current?.getBoundingClientRect().top ?? 0) + window.scrollY);
    const watch = new ResizeObserver(measureTop);
    watch.observe(document.body);
    return () => watch.disconnect();
  }, []);
  // oxlint-disable-next-line react/incompatible-library -- it says what it draws anew by itself
  const { getVirtualItems, getTotalSize, measure, scrollToIndex } = useWindowVirtualizer({
    count: lines.length,
    estimateSize: () => lineHeight,
    overscan: 12,
    scrollMargin: topPx,
  });
  useEffect(() => measure(), [lineHeight, measure]);
  const items = getVirtualItems();
  const lastInView = items.at(-1)?.index ?? 0;
  const askMore = useEffectEvent(() => more?.());
  useEffect(() => {
    if (lastInView >= lines.length - askBefore) askMore();
  }, [lastInView, lines.length]);

  const goTo = (event: React.KeyboardEvent<HTMLUListElement>): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const line = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-line]') : null;
    if (
      step === 0 ||
      line === null ||
      !(event.target instanceof HTMLAnchorElement || event.target instanceof HTMLButtonElement)
    )
      return;
    event.preventDefault();
    const next = Number(line.dataset['line']) + step;
    if (next < 0 || next >= lines.length) return;
    scrollToIndex(next);
    requestAnimationFrame(() =>
      list.current?.querySelector<HTMLElement>(`[data-line="${next}"] :is(a, button)`)?.focus(),
    );
  };

  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the keys of the links in it
    <ul
      ref={list}
      aria-label={label}
      className={`long-list ${className}`}
      style={{ height: getTotalSize() }}
      onKeyDown={goTo}
    >
      {items.map((item) => {
        const line = lines[item.index];
        if (line === undefined) return null;
        return (
          <li
            key={keyOf(line)}
            data-line={item.index}
            aria-posinset={item.index + 1}
            aria-setsize={more === undefined ? lines.length : -1}
            style={{ height: lineHeight, transform: `translateY(${item.start - topPx}px)` }}
          >
            {draw(line)}
          </li>
        );
      })}
    </ul>
  );
}
