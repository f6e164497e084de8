/** One trace as a waterfall. */
import { Link } from 'wouter';
import { Fact } from '../parts/facts.tsx';
import { JsonView } from '../parts/json-view.tsx';
import { Empty, Failure, Waiting } from '../parts/notices.tsx';
import { PageHead, Section } from '../parts/page-head.tsx';
import { At, Id } from '../parts/values.tsx';
import type { ZipkinSpan, ZipkinTraces } from '../server/answers.ts';
import { useAnswer } from '../server/live-query.ts';
import { useSession } from '../server/session.ts';
import { AxisHead } from '../time-axis/axis.tsx';
import { timeScale } from '../time-axis/time-scale.ts';
import { shortId } from '../words/names.ts';
import { counted } from '../words/numbers.ts';
import { duration, exactClock } from '../words/times.ts';
import { orderOf, spanTree, summaryOf } from './span-tree.ts';
import { Waterfall } from './waterfall.tsx';

export default function TracePage({ id }: { readonly id: string }): React.ReactElement {
  const session = useSession();
  const isHere = session === undefined || session.traces.kind === 'here';
  const { data, error, refetch } = useAnswer<ZipkinTraces>(
    isHere ? `/zipkin/api/v2/traceMany?traceIds=${encodeURIComponent(id)}` : null,
  );
  return (
    <>
      <PageHead
        tabTitle={`Trace ${shortId(id)}`}
        title={
          <span className="order-title">
            <span className="faint">Trace</span> <Id id={id} what="trace id" whole />
          </span>
        }
        about={<Link href="/traces">All traces</Link>}
      />
      {error === null ? null : <Failure error={error} again={() => void refetch()} />}
      {session?.traces.kind === 'elsewhere' ? (
        <Empty title="Traces go to a Zipkin of your own.">
          <a href={`${session.traces.url}/zipkin/traces/${id}`}>Open this one there</a>
        </Empty>
      ) : null}
      {data === undefined ? (
        error === null && isHere ? (
          <Waiting what="the trace" />
        ) : null
      ) : (
        <TheTrace spans={data[0] ?? []} />
      )}
    </>
  );
}

function TheTrace({ spans }: { readonly spans: readonly ZipkinSpan[] }): React.ReactElement {
  const lines = spanTree(spans);
  const summary = summaryOf(spans);
  if (summary === null)
    return <Empty title="No such trace.">It was not kept, has not come yet, or made room for newer ones.</Empty>;
  const scale = timeScale(lines.flatMap(({ fromMs, toMs }) => [fromMs, toMs]));
  const orderId = orderOf(spans);
  return (
    <>
      <dl className="facts panel">
        <Fact name="Begins with">{summary.name}</Fact>
        <Fact name="At">
          <At ms={summary.fromMs} />
        </Fact>
        <Fact name="Took">{duration(summary.durationMs)}</Fact>
        <Fact name="Spans">
          {counted(summary.spans, 'span')} of {counted(summary.services.length, 'service')}
        </Fact>
        {orderId === undefined ? null : (
          <Fact name="Order">
            <Link href={`/orders/${orderId}`}>{shortId(orderId)}</Link>
          </Fact>
        )}
      </dl>
      <Section title="Waterfall" aside="choose a span to read its tags">
        <div className="life">
          <AxisHead scale={scale} title={`from ${exactClock(scale.fromMs)}`} />
          <Waterfall lines={lines} scale={scale} />
        </div>
      </Section>
      <Section title="Raw">
        <details>
          <summary>All spans as Zipkin has them</summary>
          <JsonView value={spans} what="the trace as JSON" />
        </details>
      </Section>
    </>
  );
}
