/** One order: everything that happened to it, why, and what can be done. */
import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Link } from 'wouter';
import { useAskWhy } from '../parts/ask-why.tsx';
import { Fact } from '../parts/facts.tsx';
import { JsonView } from '../parts/json-view.tsx';
import { Mark } from '../parts/mark.tsx';
import { Failure, Notice, Waiting } from '../parts/notices.tsx';
import { PageHead, Section } from '../parts/page-head.tsx';
import { Amount, At, Copy, Id } from '../parts/values.tsx';
import { SagaDrawing } from '../sagas/saga-drawing.tsx';
import type { OrderDetail, OrderStep } from '../server/answers.ts';
import { useAnswer } from '../server/live-query.ts';
import { useStream } from '../server/stream.ts';
import { shortId, shortType } from '../words/names.ts';
import { counted, none } from '../words/numbers.ts';
import { orderLooks, reasonWords } from '../words/states.ts';
import { exactClock } from '../words/times.ts';
import { deedsFor } from './order-deeds.ts';
import { OrderLife } from './order-life.tsx';
import { Items, OrderTroubles, PaymentBooks } from './order-parts.tsx';
import { WhatOperatorsDid } from './what-operators-did.tsx';

/** Events that come together are read together. */
const togetherMs = 300;

export default function OrderPage({ id }: { readonly id: string }): React.ReactElement {
  const known = useQueryClient();
  const path = `/api/orders/${encodeURIComponent(id)}`;
  const { data: order, error, refetch } = useAnswer<OrderDetail>(path);
  const timer = useRef<number>(undefined);
  const refresh = (): void => {
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => void known.invalidateQueries({ queryKey: [path] }), togetherMs);
  };
  useStream(order === undefined ? null : `${path}/stream`, { on: { changed: refresh } });
  return (
    <>
      {order === undefined ? (
        <PageHead
          title={<>Order {shortId(id)}</>}
          tabTitle={`Order ${shortId(id)}`}
          about={<Link href="/orders">All orders</Link>}
        />
      ) : null}
      {error === null ? null : <Failure error={error} again={() => void refetch()} />}
      {order === undefined ? error === null ? <Waiting what="the order" /> : null : <TheOrder order={order} />}
    </>
  );
}

function TheOrder({ order }: { readonly order: OrderDetail }): React.ReactElement {
  // Null: as it is now, also when something new is recorded.
  const [then, setThen] = useState<number | null>(null);
  const revision = then ?? order.revision;
  const choose = (wanted: number): void => setThen(wanted >= order.revision ? null : wanted);
  const step = order.steps.find(({ event }) => event.revision === revision);
  const isNow = revision >= order.revision;
  const state = step === undefined ? order.state : step.after;
  const saga = isNow ? (order.saga ?? step?.saga ?? null) : (step?.saga ?? null);
  return (
    <>
      <Head order={order} state={state} />
      {order.missing.map((what) => (
        <Notice tone="warn" key={what}>
          Not everything could be asked: {what}.
        </Notice>
      ))}
      <OrderTroubles order={order} />
      <Summary order={order} />
      <Revisions order={order} revision={revision} choose={choose} step={step} />
      <Section
        title="Saga"
        aside={saga === null ? undefined : `${saga.saga}, ${isNow ? 'now' : `at revision ${revision}`}`}
      >
        {saga === null ? (
          <p className="faint">The coordinator has not begun it yet.</p>
        ) : (
          <SagaDrawing saga={saga} isNow={isNow} />
        )}
      </Section>
      <Section title="Life">
        <OrderLife order={order} revision={revision} choose={choose} />
      </Section>
      <div className="halves">
        {step === undefined ? null : <ChosenEvent step={step} />}
        <Section title="Payment">
          <PaymentBooks payment={order.payment} />
        </Section>
        <Section title="Items">
          <Items order={order} />
        </Section>
        <Terminal order={order} />
      </div>
      <WhatOperatorsDid subject={order.orderId} />
      <Section title="Raw">
        <details>
          <summary>Everything above as JSON</summary>
          <JsonView value={order} what="the order as JSON" />
        </details>
      </Section>
    </>
  );
}

function Head({
  order,
  state,
}: {
  readonly order: OrderDetail;
  readonly state: OrderDetail['state'];
}): React.ReactElement {
  const { askWhy, dialog } = useAskWhy();
  return (
    <PageHead
      tabTitle={`Order ${shortId(order.orderId)}`}
      title={
        <span className="order-title">
          <span className="faint">Order</span> <Id id={order.orderId} what="order id" whole />
        </span>
      }
      about={
        state === null ? (
          'Its events do not make sense together: see them below.'
        ) : (
          <Mark
            look={orderLooks[state.status]}
            {...(state.reason === null ? {} : { note: reasonWords[state.reason] })}
          />
        )
      }
    >
      {deedsFor(order).map(({ deed, allowed, className }) => (
        <button
          key={deed.verb}
          type="button"
          className={className}
          disabled={!allowed.isAllowed}
          title={allowed.why ?? deed.means}
          onClick={() => askWhy(deed)}
        >
          {deed.verb}
        </button>
      ))}
      {dialog}
    </PageHead>
  );
}

const readModelWords: Readonly<Record<OrderDetail['readModel']['state'], string>> = {
  current: 'up to date',
  behind: 'behind',
  parked: 'parked behind a dead letter',
  missing: 'not there yet',
};

function Summary({ order }: { readonly order: OrderDetail }): React.ReactElement {
  const rule = order.state?.rule ?? null;
  return (
    <dl className="facts panel">
      <Fact name="Amount">
        <b>
          <Amount money={order.amount} />
        </b>
      </Fact>
      <Fact name="Customer">
        {order.customerId === '' ? (
          none
        ) : (
          <Link href={`/orders?customer=${encodeURIComponent(order.customerId)}`}>{order.customerId}</Link>
        )}
      </Fact>
      <Fact name="Restaurant">{order.restaurantId || none}</Fact>
      <Fact name="Created">
        {/* What the order says itself may be no time at all. */}
        {Number.isNaN(Date.parse(order.createdOn)) ? order.createdOn || none : <At ms={Date.parse(order.createdOn)} />}
      </Fact>
      <Fact name="Revision">{order.revision}</Fact>
      <Fact name="Read model">
        {readModelWords[order.readModel.state]}
        {order.readModel.state === 'behind' && order.readModel.revision !== null
          ? `, at ${order.readModel.revision}`
          : ''}
      </Fact>
      {rule === null ? null : <Fact name="Needs a person because">{rule}</Fact>}
    </dl>
  );
}

function Revisions({
  order,
  revision,
  choose,
  step,
}: {
  readonly order: OrderDetail;
  readonly revision: number;
  readonly choose: (revision: number) => void;
  readonly step: OrderStep | undefined;
}): React.ReactElement {
  const first = order.steps[0]?.event.revision ?? 1;
  const isNow = revision >= order.revision;
  const at = step === undefined ? '' : `${shortType(step.event.type)} at ${exactClock(step.event.recordedAtMs)}`;
  return (
    <div className={isNow ? 'panel revisions' : 'panel revisions revisions-past'}>
      <label htmlFor="revision">As it was at revision</label>
      <input
        id="revision"
        type="range"
        min={first}
        max={order.revision}
        value={revision}
        aria-valuetext={`${revision} of ${order.revision}: ${at}`}
        onChange={({ target }) => choose(Number(target.value))}
      />
      <output htmlFor="revision">
        <b className="number">{revision}</b> of <span className="number">{order.revision}</span>
        <span className="faint"> {at}</span>
      </output>
      {isNow ? null : (
        <button type="button" className="button small" onClick={() => choose(order.revision)}>
          Back to now
        </button>
      )}
      {order.stepsLeftOut === 0 ? null : (
        <p className="faint">
          {counted(order.stepsLeftOut, 'earlier event')} left out;{' '}
          <Link href={`/log?stream=order-${order.orderId}`}>the log has them</Link>.
        </p>
      )}
    </div>
  );
}

function ChosenEvent({ step: { event, causedBy } }: { readonly step: OrderStep }): React.ReactElement {
  return (
    <Section
      title={`Event ${event.revision}: ${shortType(event.type)}`}
      aside={<Link href={`/log?at=${event.position}`}>{`${event.log}:${event.position}`}</Link>}
    >
      <dl className="facts">
        <Fact name="Recorded">{exactClock(event.recordedAtMs)}</Fact>
        <Fact name="By">{event.actor ?? 'unknown'}</Fact>
        <Fact name="Caused by">{causedBy === null ? 'a request' : `event ${causedBy}`}</Fact>
        <Fact name="Event">
          <Id id={event.eventId} what="event id" />
        </Fact>
      </dl>
      <JsonView
        value={event.isJson ? { data: event.data, metadata: event.metadata } : String(event.data)}
        what="the event as JSON"
      />
      {event.isCut ? <p className="faint">Truncated: it is longer than this page shows.</p> : null}
    </Section>
  );
}

function Terminal({ order: { curl } }: { readonly order: OrderDetail }): React.ReactElement {
  const lines = [
    ['See it', curl.get],
    ['Its events', curl.events],
    ['Cancel it', curl.cancel],
    ['Approve it', curl.approve],
    ['Reject it', curl.reject],
  ] as const;
  return (
    <Section title="In a terminal">
      <ul className="terminal">
        {lines.map(([name, line]) => (
          <li key={name}>
            <span>{name}</span>
            <code>{line}</code>
            <Copy text={line} what={name.toLowerCase()} label="Copy as curl" />
          </li>
        ))}
      </ul>
    </Section>
  );
}
