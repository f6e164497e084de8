/** The log, or one stream of it: backwards from the newest, forwards from anywhere, or live. */
import { type InfiniteData, type QueryKey, useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { Fact } from '../parts/facts.tsx';
import { JsonView } from '../parts/json-view.tsx';
import { LongList } from '../parts/long-list.tsx';
import { Empty, Failure, Notice, Waiting } from '../parts/notices.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { useTerms } from '../parts/search-form.tsx';
import { At, Copy, Id } from '../parts/values.tsx';
import type { LogEvent, LogTypes, LogPage as Page } from '../server/answers.ts';
import { ask } from '../server/ask.ts';
import { useAnswer } from '../server/live-query.ts';
import { shortId, shortType } from '../words/names.ts';
import { count, none } from '../words/numbers.ts';
import { exactClock, utc } from '../words/times.ts';
import { useLiveEvents } from './live-events.ts';
import { LogFilter } from './log-filter.tsx';

const pageEvents = '100';

export default function LogPage(): React.ReactElement {
  const [search, change] = useTerms();
  const isLive = search.get('live') === 'yes';
  const query = asked(search);
  const { data: types } = useAnswer<LogTypes>('/api/log/types');
  const live = useLiveEvents(isLive, query);
  const read = useLogPages(query, { isLive, after: live.after });
  const events = isLive
    ? [
        ...live.events,
        ...read.events.filter(({ position }) => position < (live.events.at(-1)?.position ?? Number.POSITIVE_INFINITY)),
      ]
    : read.events;
  const atPosition = Number(search.get('at') ?? Number.NaN);
  const chosen = events.find(({ position }) => position === atPosition);
  const choose = (position: number): void => change({ at: position === atPosition ? '' : String(position) });
  return (
    <>
      <PageHead
        title="Log"
        tabTitle="Log"
        about={
          search.get('stream') === null
            ? 'Every event, in the order in which it was recorded.'
            : 'The events of one stream.'
        }
      >
        <span className="faint">
          Head <b className="number">{read.head === undefined ? none : count(read.head)}</b>
        </span>
      </PageHead>
      <LogFilter types={types?.types ?? []} />
      {live.left === 0 ? null : (
        <Notice tone="warn">
          {count(live.left)} events are left out, there were too many to show; go backwards to read them.
        </Notice>
      )}
      {read.error === null ? null : <Failure error={read.error} again={read.again} />}
      {read.isReading ? <Waiting what="the log" /> : null}
      {!read.isReading && read.error === null && events.length === 0 ? (
        <Empty
          title={
            isLive
              ? 'Nothing yet. What is recorded from now on appears here.'
              : read.head === 0
                ? 'No events yet.'
                : 'No matching events.'
          }
        />
      ) : null}
      <div className={chosen === undefined ? '' : 'with-inspector'}>
        {events.length === 0 ? null : (
          <div className="panel list-panel">
            <div className="event-line list-head" aria-hidden="true">
              <span className="number">Position</span>
              <span className="number">Recorded</span>
              <span>Type</span>
              <span>Stream</span>
              <span className="number">Revision</span>
              <span>By</span>
            </div>
            <LongList
              label="Events"
              lines={events}
              keyOf={(event) => event.position}
              draw={(event) => <Line event={event} isChosen={event.position === atPosition} choose={choose} />}
              heightPx={{ wide: 32, narrow: 52 }}
              className="event-lines"
              more={read.more}
            />
          </div>
        )}
        {chosen === undefined ? null : <Inspector event={chosen} close={() => change({ at: '' })} />}
      </div>
    </>
  );
}

/** As the console asks for it. `at` alone begins there, so that a link to an event shows it. */
function asked(search: URLSearchParams): URLSearchParams {
  const query = new URLSearchParams({
    limit: pageEvents,
    direction: search.get('direction') === 'forwards' ? 'forwards' : 'backwards',
  });
  for (const name of ['types', 'stream', 'from']) {
    const value = search.get(name);
    if (value !== null) query.set(name, value);
  }
  return query;
}

interface LogPages {
  readonly events: readonly LogEvent[];
  readonly head: number | undefined;
  readonly isReading: boolean;
  readonly error: Error | null;
  readonly again: () => void;
  readonly more: (() => void) | undefined;
}

/**
 * Live, they are read again whenever the stream has begun: a page from before that may lack what was recorded in between. So
 * they begin at the newest, too, whatever was chosen.
 */
function useLogPages(
  query: URLSearchParams,
  { isLive, after }: { readonly isLive: boolean; readonly after: number | undefined },
): LogPages {
  const text = query.toString();
  const [begun] = useState(() => new URLSearchParams(window.location.search).get('at'));
  const { data, isPending, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery<
    Page,
    Error,
    InfiniteData<Page, number | null>,
    QueryKey,
    number | null
  >({
    queryKey: ['log', text, isLive, after ?? null],
    queryFn: ({ pageParam, signal }) => {
      const wanted = new URLSearchParams(text);
      if (pageParam !== null) wanted.set('from', String(pageParam));
      else if (begun !== null && !isLive && !wanted.has('from') && !wanted.has('stream'))
        wanted.set('from', String(Number(begun) + (wanted.get('direction') === 'backwards' ? 1 : -1)));
      return ask<Page>(`/api/log?${wanted}`, signal);
    },
    initialPageParam: null,
    getNextPageParam: (page) => page.next,
    placeholderData: (before) => before,
  });
  const pages = data?.pages ?? [];
  return {
    events: pages.flatMap((page) => page.events),
    head: pages[0]?.head,
    isReading: isPending,
    error,
    again: () => void refetch(),
    more: hasNextPage && !isFetchingNextPage ? () => void fetchNextPage() : undefined,
  };
}

function Line({
  event,
  isChosen,
  choose,
}: {
  readonly event: LogEvent;
  readonly isChosen: boolean;
  readonly choose: (position: number) => void;
}): React.ReactElement {
  return (
    <button
      type="button"
      className="event-line line-link"
      aria-pressed={isChosen}
      onClick={() => choose(event.position)}
    >
      <span className="number">{count(event.position)}</span>
      <span className="number faint">
        <At ms={event.recordedAtMs} />
      </span>
      <b>{shortType(event.type)}</b>
      <code title={event.stream}>{event.orderId === null ? event.stream.slice(0, 24) : shortId(event.orderId)}</code>
      <span className="number">{count(event.revision)}</span>
      <span className="cut faint">{event.actor ?? ''}</span>
    </button>
  );
}

function Inspector({ event, close }: { readonly event: LogEvent; readonly close: () => void }): React.ReactElement {
  return (
    <aside className="panel inspector" aria-label="The chosen event">
      <div className="section-head">
        <h2>{shortType(event.type)}</h2>
        <button type="button" className="button small" onClick={close}>
          Close
        </button>
      </div>
      <dl className="facts">
        <Fact name="Position">
          {event.log}:{event.position}
        </Fact>
        <div>
          <dt>Recorded</dt>
          <dd title={utc(event.recordedAtMs)}>{exactClock(event.recordedAtMs)}</dd>
        </div>
        <Fact name="Stream, revision">
          {event.orderId === null ? event.stream : <Link href={`/orders/${event.orderId}`}>{event.stream}</Link>},{' '}
          {event.revision}
        </Fact>
        <Fact name="Event">
          <Id id={event.eventId} what="event id" />
        </Fact>
        {event.causationId === null ? null : (
          <Fact name="Caused by">
            <Id id={event.causationId} what="id of the cause" />
          </Fact>
        )}
        {event.traceId === null ? null : (
          <Fact name="Trace">
            <Link href={`/traces/${event.traceId}`}>{shortId(event.traceId)}</Link>
          </Fact>
        )}
      </dl>
      <JsonView
        value={event.isJson ? { data: event.data, metadata: event.metadata } : String(event.data)}
        what="the event as JSON"
      />
      <div className="toolbar">
        <Copy text={JSON.stringify(event, null, 2)} what="the whole event as JSON" label="Copy the whole event" />
        <Link href={`/log?stream=${encodeURIComponent(event.stream)}&direction=forwards`}>Only this stream</Link>
      </div>
      {event.isCut ? <p className="faint">Truncated: its data is longer than this page shows.</p> : null}
    </aside>
  );
}
