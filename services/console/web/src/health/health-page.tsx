/** Everything underneath: processes, consumers, the relay, databases, the broker; and whether every promise holds. */
import { WhatOperatorsDid } from '../orders/what-operators-did.tsx';
import { FactList } from '../parts/facts.tsx';
import { Empty, Failure, TroubleNotice, Waiting } from '../parts/notices.tsx';
import { PageHead, Section } from '../parts/page-head.tsx';
import { At } from '../parts/values.tsx';
import type { Health } from '../server/answers.ts';
import { useAnswer } from '../server/live-query.ts';
import { bytes, count, counted, none } from '../words/numbers.ts';
import { wholeDuration } from '../words/times.ts';
import { Consumers, Databases } from './health-tables.tsx';
import { Processes } from './processes.tsx';
import { VerifyPart } from './verify-part.tsx';

const askAgainMs = 5_000;

export default function HealthPage(): React.ReactElement {
  const { data, error, refetch } = useAnswer<Health>('/api/health', { everyMs: askAgainMs });
  return (
    <>
      <PageHead title="Health" tabTitle="Health" about="What runs, how well it runs, and whether the promises hold.">
        {data === undefined ? null : (
          <span className="faint">
            As of <At ms={data.atMs} />
          </span>
        )}
      </PageHead>
      <VerifyPart />
      {error === null ? null : <Failure error={error} again={() => void refetch()} />}
      {data === undefined ? error === null ? <Waiting what="how everything is" /> : null : <TheHealth health={data} />}
      <WhatOperatorsDid />
    </>
  );
}

function TheHealth({ health }: { readonly health: Health }): React.ReactElement {
  return (
    <>
      <Section title="Processes" aside={counted(health.processes.length, 'process', 'processes')}>
        <Processes processes={health.processes} />
      </Section>
      <Section title="Consumers">
        {health.consumers.length === 0 ? (
          <Empty title="No consumer is known." />
        ) : (
          <Consumers consumers={health.consumers} processes={health.processes} />
        )}
      </Section>
      <div className="halves">
        <Section title="Relay">
          <Relay relay={health.relay} />
        </Section>
        <Section title="Broker">
          <Broker broker={health.broker} />
        </Section>
      </div>
      <Section title="Databases">
        <Databases databases={health.databases} />
      </Section>
      <Section title="What this console costs the system">
        <ul className="bounds">
          {health.bounds.map((bound) => (
            <li key={bound}>{bound}</li>
          ))}
        </ul>
      </Section>
    </>
  );
}

function Relay({ relay }: { readonly relay: Health['relay'] }): React.ReactElement {
  return (
    <>
      {relay.trouble === null ? null : <TroubleNotice trouble={relay.trouble} tone={relay.isHalted ? 'bad' : 'warn'} />}
      <FactList
        facts={[
          ['Head of the log', count(relay.head)],
          ['Published', count(relay.published)],
          ['Behind', count(relay.lagEvents)],
          ['State', relay.isHalted ? 'halted' : relay.isLeading ? 'leading' : 'another instance leads'],
        ]}
      />
    </>
  );
}

function Broker({ broker }: { readonly broker: Health['broker'] }): React.ReactElement {
  const limits = [
    broker.maxAgeMs === null ? null : wholeDuration(broker.maxAgeMs),
    broker.maxBytes === null ? null : bytes(broker.maxBytes),
  ];
  return (
    <>
      {broker.trouble === null ? null : <TroubleNotice trouble={broker.trouble} />}
      <FactList
        facts={[
          ['Version', broker.version ?? none],
          ['Messages', count(broker.messages)],
          ['Size', bytes(broker.bytes)],
          ['First sequence', count(broker.firstSequence)],
          ['Last sequence', count(broker.lastSequence)],
          ['Keeps at most', limits.filter((limit) => limit !== null).join(', ') || none],
        ]}
      />
    </>
  );
}
