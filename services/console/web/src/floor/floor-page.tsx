/** The first page: everything at a glance, alive. */
import { useState } from 'react';
import { TimeChart } from '../charts/time-chart.tsx';
import { Empty, TroubleNotice, Waiting } from '../parts/notices.tsx';
import { PageHead, Section } from '../parts/page-head.tsx';
import { At } from '../parts/values.tsx';
import type { BoxName, Floor, FloorPoint } from '../server/answers.ts';
import { useFloorNews } from '../server/floor-feed.ts';
import { rate } from '../words/numbers.ts';
import { duration } from '../words/times.ts';
import { BoxDetails, FloorTable } from './box-details.tsx';
import { CountedAt, MoneyTable, OrdersByStatus, Positions } from './counters.tsx';
import { PlaceOrders } from './place-orders.tsx';
import { WalkPicture } from './walk-picture.tsx';

export function FloorPage(): React.ReactElement {
  const { floor, points, link } = useFloorNews();
  return (
    <>
      <PageHead title="Floor" tabTitle="Floor" about="The walk of an order, and what flows along it right now.">
        {floor === undefined ? null : (
          <span className="faint">
            As of <At ms={floor.atMs} />
          </span>
        )}
      </PageHead>
      {floor !== undefined ? (
        <Alive floor={floor} points={points} />
      ) : link === 'lost' ? null : (
        <Waiting what="the floor" />
      )}
    </>
  );
}

function Alive({
  floor,
  points,
}: {
  readonly floor: Floor;
  readonly points: readonly FloorPoint[];
}): React.ReactElement {
  const [chosen, setChosen] = useState<BoxName | undefined>();
  const box = floor.boxes.find(({ name }) => name === chosen);
  return (
    <>
      <Troubles floor={floor} />
      <PlaceOrders burst={floor.burst} />
      <div className="panel">
        <WalkPicture floor={floor} chosen={chosen} choose={(name) => setChosen(name === chosen ? undefined : name)} />
        {box === undefined ? null : <BoxDetails box={box} floor={floor} />}
        <FloorTable floor={floor} />
      </div>
      <div className="thirds">
        <Section title="Orders by status" aside={<CountedAt floor={floor} />}>
          {floor.counters === null ? <Waiting what="the counts" /> : <OrdersByStatus counters={floor.counters} />}
        </Section>
        <Section title="Money" aside={<CountedAt floor={floor} />}>
          {floor.counters === null ? <Waiting what="the sums" /> : <MoneyTable counters={floor.counters} />}
        </Section>
        <Section title="How far the log is read">
          <Positions positions={floor.positions} />
        </Section>
      </div>
      <Charts points={points} />
    </>
  );
}

/** So many stand above the walk; when a server is away everybody complains, and the picture must stay in sight. */
const troublesShown = 3;

function Troubles({ floor: { troubles } }: { readonly floor: Floor }): React.ReactElement | null {
  if (troubles.length === 0) return null;
  const rest = troubles.slice(troublesShown);
  return (
    <section className="troubles" aria-label="Troubles">
      <TroubleList troubles={troubles.slice(0, troublesShown)} />
      {rest.length === 0 ? null : (
        <details className="more-troubles">
          <summary>{`${rest.length} more ${rest.length === 1 ? 'trouble' : 'troubles'}`}</summary>
          <TroubleList troubles={rest} />
        </details>
      )}
    </section>
  );
}

function TroubleList({ troubles }: { readonly troubles: Floor['troubles'] }): React.ReactElement {
  return (
    <>
      {troubles.map((trouble) => (
        <TroubleNotice key={`${trouble.box} ${trouble.says}`} trouble={trouble} tone="bad" />
      ))}
    </>
  );
}

function Charts({ points }: { readonly points: readonly FloorPoint[] }): React.ReactElement {
  const atMs = points.map((point) => point.atMs);
  const line = (part: keyof FloorPoint): (number | null)[] => points.map((point) => point[part]);
  if (points.length < 2)
    return (
      <Section title="The last minutes">
        <Empty title="The charts begin with the second measurement." />
      </Section>
    );
  return (
    <div className="halves">
      <Section title="Throughput">
        <TimeChart
          title="Orders per second"
          atMs={atMs}
          say={rate}
          series={[
            { name: 'Placed', colour: '--chart-1', values: line('placedPerSecond') },
            { name: 'Approved', colour: '--chart-2', values: line('approvedPerSecond') },
            { name: 'Cancelled', colour: '--chart-3', values: line('cancelledPerSecond'), dashed: true },
          ]}
        />
      </Section>
      <Section title="Latency">
        <TimeChart
          title="How long it takes"
          atMs={atMs}
          say={duration}
          series={[
            { name: 'Placed p50', colour: '--chart-1', values: line('placeP50Ms') },
            { name: 'Placed p99', colour: '--chart-1', values: line('placeP99Ms'), dashed: true },
            { name: 'Approved p50', colour: '--chart-2', values: line('approveP50Ms') },
            { name: 'Approved p99', colour: '--chart-2', values: line('approveP99Ms'), dashed: true },
          ]}
        />
      </Section>
    </div>
  );
}
