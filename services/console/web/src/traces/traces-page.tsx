/** The traces that are kept, newest first, and who calls whom. */
import { Link } from 'wouter';
import { LongList } from '../parts/long-list.tsx';
import { Empty, Failure, Notice, Waiting } from '../parts/notices.tsx';
import { PageHead, Section } from '../parts/page-head.tsx';
import { SearchForm, type Term, useTerms } from '../parts/search-form.tsx';
import { At } from '../parts/values.tsx';
import type { TracesHeld, ZipkinDependency, ZipkinTraces } from '../server/answers.ts';
import { useAnswer } from '../server/live-query.ts';
import { useSession } from '../server/session.ts';
import { shortId } from '../words/names.ts';
import { bytes, count, counted } from '../words/numbers.ts';
import { duration } from '../words/times.ts';
import { DependencyGraph } from './dependency-graph.tsx';
import { summaryOf, type TraceSummary } from './span-tree.ts';

const microsecondsOfMs = 1_000;
const limit = '200';

export default function TracesPage(): React.ReactElement {
  const session = useSession();
  return (
    <>
      <PageHead title="Traces" tabTitle="Traces" about="Each order is one trace, from its POST to its end." />
      {session === undefined ? (
        <Waiting what="where traces are kept" />
      ) : session.traces.kind === 'here' ? (
        <KeptHere />
      ) : (
        <KeptElsewhere traces={session.traces} />
      )}
    </>
  );
}

function KeptElsewhere({
  traces,
}: {
  readonly traces: Exclude<NonNullable<ReturnType<typeof useSession>>['traces'], { kind: 'here' }>;
}): React.ReactElement {
  if (traces.kind === 'off') return <Empty title="No traces are kept.">{traces.why}</Empty>;
  return (
    <Empty title="Traces go to a Zipkin of your own.">
      <a href={`${traces.url}/zipkin/`}>Open it</a>
    </Empty>
  );
}

function KeptHere(): React.ReactElement {
  const { data: services } = useAnswer<string[]>('/zipkin/api/v2/services', { followsLog: true });
  const { data: held } = useAnswer<TracesHeld>('/api/traces/held', { followsLog: true });
  const { data: calls } = useAnswer<ZipkinDependency[]>('/zipkin/api/v2/dependencies', {
    followsLog: true,
  });
  const hasCalls = calls !== undefined && calls.length > 0;
  const terms: readonly Term[] = [
    {
      name: 'serviceName',
      label: 'Service',
      options: [{ value: '', says: 'Any' }, ...(services ?? []).map((value) => ({ value, says: value }))],
    },
    { name: 'minMs', label: 'At least, ms', type: 'number', hint: '0' },
    { name: 'annotationQuery', label: 'With tag', hint: 'error, or name=value' },
  ];
  return (
    <>
      <SearchForm label="Search traces" terms={terms} />
      {hasCalls ? (
        <p className="faint">
          <a href="#calls">Who calls whom</a> is below the traces.
        </p>
      ) : null}
      <Kept />
      {hasCalls ? (
        <div id="calls">
          <Section title="Who calls whom" aside="services, by the traces that are kept">
            <DependencyGraph calls={calls} />
          </Section>
        </div>
      ) : null}
      {held === undefined ? null : (
        <p className="faint">
          Kept in memory: {counted(held.traces, 'trace')} of at most {count(held.tracesMax)},{' '}
          {counted(held.spans, 'span')}, {bytes(held.bytes)} of at most {bytes(held.bytesMax)}; {count(held.dropped)}{' '}
          dropped for newer ones.
        </p>
      )}
    </>
  );
}

function Kept(): React.ReactElement {
  const [search] = useTerms();
  const query = new URLSearchParams({ limit });
  for (const name of ['serviceName', 'annotationQuery']) if (search.has(name)) query.set(name, search.get(name) ?? '');
  const minMs = Number(search.get('minMs') ?? 0);
  if (minMs > 0) query.set('minDuration', String(Math.round(minMs * microsecondsOfMs)));
  const { data, error, refetch } = useAnswer<ZipkinTraces>(`/zipkin/api/v2/traces?${query}`, { followsLog: true });
  if (error !== null) return <Failure error={error} again={() => void refetch()} />;
  if (data === undefined) return <Waiting what="the traces" />;
  const lines = data.flatMap((spans) => summaryOf(spans) ?? []);
  const longestMs = Math.max(1, ...lines.map(({ durationMs }) => durationMs));
  if (lines.length === 0)
    return (
      <Empty title={query.size > 1 ? 'No matching traces.' : 'No traces yet.'}>
        {query.size > 1 ? 'Widen or clear the search.' : <Link href="/">Place an order on the floor</Link>}
      </Empty>
    );
  return (
    <>
      {lines.length === Number(limit) ? <Notice tone="quiet">The newest {limit} are shown.</Notice> : null}
      <div className="panel list-panel">
        <div className="trace-line list-head" aria-hidden="true">
          <span>Trace</span>
          <span>Begins with</span>
          <span className="number">At</span>
          <span className="number">Spans</span>
          <span className="number">Took</span>
          <span />
        </div>
        <LongList
          label="Traces"
          lines={lines}
          keyOf={(line) => line.traceId}
          draw={(line) => <Line trace={line} longestMs={longestMs} />}
          heightPx={{ wide: 36, narrow: 56 }}
          className="trace-lines"
        />
      </div>
    </>
  );
}

function Line({ trace, longestMs }: { readonly trace: TraceSummary; readonly longestMs: number }): React.ReactElement {
  return (
    <Link href={`/traces/${trace.traceId}`} className="trace-line line-link">
      <code>{shortId(trace.traceId)}</code>
      <span className="cut">
        {trace.name} <span className="faint">{trace.service}</span>
      </span>
      <span className="number faint">
        <At ms={trace.fromMs} />
      </span>
      <span className="number">
        {trace.errors > 0 ? <span className="tone-bad">{counted(trace.errors, 'error')}, </span> : null}
        {counted(trace.spans, 'span')}
      </span>
      <span className="number">{duration(trace.durationMs)}</span>
      <span className="bar-track" aria-hidden="true">
        <span className="bar tone-busy" style={{ width: `${Math.max(1, (trace.durationMs / longestMs) * 100)}%` }} />
      </span>
    </Link>
  );
}
