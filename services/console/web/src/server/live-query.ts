/** Answers that follow the log: asked again when something was recorded, never more often than is cheap. */
import { type InfiniteData, type QueryKey, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useRef } from 'react';
import { ask } from './ask.ts';
import { useHead } from './floor-feed.ts';

const askAgainMs = 2_000;
/** What follows the log is asked anew by each page: a remembered answer may be older than the head that the page begins with. */
const rememberedMs = 0;

/** Asks again after the log has grown, at most every two seconds; while nothing happens, nothing is asked. */
function useFollowLog(key: QueryKey, isOn = true): void {
  const head = useHead();
  const known = useQueryClient();
  const askAgain = useEffectEvent(() => void known.invalidateQueries({ queryKey: key }));
  // Null: what was first asked may be older than the first news of the log, which is then news.
  const seen = useRef(head);
  const askedMs = useRef(0);
  useEffect(() => {
    if (!isOn || head === null || seen.current === head) return undefined;
    const wait = Math.max(0, askedMs.current + askAgainMs - Date.now());
    const timer = window.setTimeout(() => {
      seen.current = head;
      askedMs.current = Date.now();
      askAgain();
    }, wait);
    return () => window.clearTimeout(timer);
  }, [head, isOn]);
}

/** A list that comes in pages, by cursors. */
export interface PagedAnswer<Page, Line> {
  readonly lines: readonly Line[];
  readonly first: Page | undefined;
  readonly isReading: boolean;
  readonly error: Error | null;
  readonly again: () => void;
  /** Undefined when there is nothing more. */
  readonly more: (() => void) | undefined;
}

/** Reads the pages of an address that takes `cursor`. The first page follows the log as long as it is the only one. */
export function usePages<Page extends { readonly nextCursor: string | null }, Line>(
  name: string,
  search: URLSearchParams,
  linesOf: (page: Page) => readonly Line[],
): PagedAnswer<Page, Line> {
  const query = search.toString();
  const key = [name, query];
  const { data, isPending, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery<
    Page,
    Error,
    InfiniteData<Page, string | null>,
    QueryKey,
    string | null
  >({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => {
      const asked = new URLSearchParams(query);
      if (pageParam !== null) asked.set('cursor', pageParam);
      return ask<Page>(`/api/${name}?${asked}`, signal);
    },
    initialPageParam: null,
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: (before) => before,
    staleTime: rememberedMs,
  });
  const pages = data?.pages ?? [];
  useFollowLog(key, pages.length <= 1);
  return {
    lines: pages.flatMap((page) => linesOf(page)),
    first: pages[0],
    isReading: isPending,
    error,
    again: () => void refetch(),
    more: hasNextPage && !isFetchingNextPage ? () => void fetchNextPage() : undefined,
  };
}

/** One answer, which may follow the log. */
export function useAnswer<Answer>(
  path: string | null,
  options: { readonly followsLog?: boolean; readonly everyMs?: number } = {},
) {
  const key = [path];
  useFollowLog(key, options.followsLog === true && path !== null);
  return useQuery({
    queryKey: key,
    queryFn: ({ signal }) => ask<Answer>(path ?? '', signal),
    enabled: path !== null,
    placeholderData: (before) => before,
    ...(options.followsLog === true ? { staleTime: rememberedMs } : {}),
    ...(options.everyMs === undefined ? {} : { refetchInterval: options.everyMs }),
  });
}
