/** Placing sample orders: one of each kind, or a bounded burst, so that there is something to see. */
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { Failure, Notice } from '../parts/notices.tsx';
import { Said } from '../parts/said.tsx';
import type { Burst, Placed, SampleKind } from '../server/answers.ts';
import { act } from '../server/ask.ts';
import { byOperator, useSession } from '../server/session.ts';
import { shortId } from '../words/names.ts';
import { count } from '../words/numbers.ts';

const rememberedMax = 5;

interface Past extends Placed {
  readonly title: string;
}

export function PlaceOrders({ burst }: { readonly burst: Burst | null }): React.ReactElement {
  const session = useSession();
  const [past, setPast] = useState<readonly Past[]>([]);
  const place = useMutation({
    mutationFn: ({ kind }: SampleKind) => act<Placed>('/api/orders', { kind, ...byOperator() }),
    onSuccess: (placed, { title }) => setPast((before) => [{ ...placed, title }, ...before].slice(0, rememberedMax)),
  });
  const samples = session?.samples ?? [];
  const [first, ...others] = samples;
  return (
    <div className="place-orders">
      <div className="toolbar" role="group" aria-label="Place orders">
        {first === undefined ? null : (
          <button type="button" className="button primary" title={first.means} onClick={() => place.mutate(first)}>
            Place an order
          </button>
        )}
        <PlaceOther kinds={others} place={(kind) => place.mutate(kind)} />
        <BurstControl burst={burst} />
      </div>
      {place.error === null ? null : <Failure error={place.error} />}
      {past.length === 0 ? null : (
        <ul className="placed" aria-label="Just placed" aria-live="polite">
          {past.map((order) => (
            <li key={order.orderId}>
              <Link href={`/orders/${order.orderId}`}>
                {order.title} <code>{shortId(order.orderId)}</code>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function PlaceOther({
  kinds,
  place,
}: {
  readonly kinds: readonly SampleKind[];
  readonly place: (kind: SampleKind) => void;
}): React.ReactElement | null {
  const [kind, setKind] = useState('');
  const chosen = kinds.find((one) => one.kind === kind) ?? kinds[0];
  if (chosen === undefined) return null;
  return (
    <div className="joined">
      <select
        aria-label="Kind of order"
        value={chosen.kind}
        title={chosen.means}
        onChange={({ target }) => setKind(target.value)}
      >
        {kinds.map((one) => (
          <option key={one.kind} value={one.kind} title={one.means}>
            {`${one.title} → ${one.ends}`}
          </option>
        ))}
      </select>
      <button type="button" className="button" title={chosen.means} onClick={() => place(chosen)}>
        Place it
      </button>
    </div>
  );
}

const sizes = [20, 200, 1000] as const;
const perSecond = 50;

function BurstControl({ burst }: { readonly burst: Burst | null }): React.ReactElement {
  const session = useSession();
  const [orders, setOrders] = useState<number>(sizes[1]);
  const start = useMutation({
    mutationFn: () =>
      act<Burst>('/api/bursts', {
        orders,
        perSecond: Math.min(perSecond, session?.burst.perSecondMax ?? perSecond),
        mix: 'mixed',
        ...byOperator(),
      }),
  });
  const stop = useMutation({ mutationFn: () => act('/api/bursts/stop') });
  const error = start.error ?? stop.error;
  if (burst?.running === true)
    return (
      <div className="burst" role="status">
        <progress value={burst.placed + burst.failed} max={burst.orders} aria-label="Burst" />
        <span className="number">
          {count(burst.placed)} of {count(burst.orders)} placed
          {burst.failed > 0 ? `, ${count(burst.failed)} refused` : ''}
        </span>
        <button type="button" className="button small" onClick={() => stop.mutate()}>
          Stop
        </button>
      </div>
    );
  return (
    <>
      <div className="joined">
        <select
          aria-label="Size of the burst"
          value={orders}
          onChange={({ target }) => setOrders(Number(target.value))}
        >
          {sizes.map((size) => (
            <option key={size} value={size}>
              {`${count(size)} mixed orders, ${perSecond}/s`}
            </option>
          ))}
        </select>
        <button type="button" className="button" disabled={start.isPending} onClick={() => start.mutate()}>
          Start a burst
        </button>
      </div>
      {error === null ? null : <Failure error={error} />}
      {burst !== null && burst.trouble !== null ? (
        <Notice tone="warn">
          The last burst: {count(burst.failed)} of {count(burst.orders)} were not placed.{' '}
          <Said text={burst.trouble.says} />
        </Notice>
      ) : null}
    </>
  );
}
