/** All orders, newest first, and the search for some. */
import { Link } from 'wouter';
import { LongList } from '../parts/long-list.tsx';
import { Mark } from '../parts/mark.tsx';
import { Empty, Failure, Waiting } from '../parts/notices.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { SearchForm, type Term, useTerms } from '../parts/search-form.tsx';
import { Amount, At } from '../parts/values.tsx';
import type { OrderLine, OrderPage } from '../server/answers.ts';
import { usePages } from '../server/live-query.ts';
import { shortId } from '../words/names.ts';
import { orderLooks, reasonWords } from '../words/states.ts';

const statuses = [
  { value: '', says: 'Any' },
  ...Object.entries(orderLooks).map(([value, { word }]) => ({ value, says: word })),
];

const byTimeOrAmount = 'By time or amount';

const terms: readonly Term[] = [
  { name: 'id', label: 'Order id', hint: 'or how it begins' },
  { name: 'customer', label: 'Customer', hint: 'name, or begin*' },
  { name: 'status', label: 'Status', options: statuses },
  { name: 'from', label: 'From', type: 'datetime-local', under: byTimeOrAmount },
  { name: 'to', label: 'To', type: 'datetime-local', under: byTimeOrAmount },
  { name: 'minAmount', label: 'Amount from', type: 'number', hint: '0.00', under: byTimeOrAmount },
  { name: 'maxAmount', label: 'Amount to', type: 'number', hint: '1000.00', under: byTimeOrAmount },
  { name: 'currency', label: 'Currency', hint: 'USD', under: byTimeOrAmount },
];

const pageLines = '100';

/** As the console asks for it: times as milliseconds, amounts with their currency. */
function asked(search: URLSearchParams): URLSearchParams {
  const query = new URLSearchParams({ limit: pageLines });
  for (const name of ['id', 'customer', 'status', 'minAmount', 'maxAmount']) {
    const value = search.get(name);
    if (value !== null) query.set(name, value);
  }
  for (const [name, asks] of [
    ['from', 'fromMs'],
    ['to', 'toMs'],
  ] as const) {
    const atMs = Date.parse(search.get(name) ?? '');
    if (!Number.isNaN(atMs)) query.set(asks, String(atMs));
  }
  if (query.has('minAmount') || query.has('maxAmount'))
    query.set('currency', (search.get('currency') ?? 'USD').toUpperCase());
  return query;
}

export default function OrdersPage(): React.ReactElement {
  const [search] = useTerms();
  const query = asked(search);
  const { lines, isReading, error, again, more } = usePages<OrderPage, OrderLine>(
    'orders',
    query,
    (page) => page.orders,
  );
  return (
    <>
      <PageHead title="Orders" tabTitle="Orders" about="Newest first." />
      <SearchForm label="Search orders" terms={terms} />
      {error === null ? null : <Failure error={error} again={again} />}
      {isReading ? <Waiting what="the orders" /> : null}
      {!isReading && error === null && lines.length === 0 ? <Nothing isSearched={query.size > 1} /> : null}
      {lines.length === 0 ? null : (
        <div className="panel list-panel">
          <div className="order-line list-head" aria-hidden="true">
            <span>Order</span>
            <span>Status</span>
            <span>Customer</span>
            <span className="number">Amount</span>
            <span className="number">Created</span>
          </div>
          <LongList
            label="Orders"
            lines={lines}
            keyOf={(line) => line.orderId}
            draw={(line) => <Line order={line} />}
            heightPx={{ wide: 36, narrow: 58 }}
            className="order-lines"
            more={more}
          />
        </div>
      )}
    </>
  );
}

function Line({ order }: { readonly order: OrderLine }): React.ReactElement {
  const createdMs = Date.parse(order.createdOn);
  return (
    <Link href={`/orders/${order.orderId}`} className="order-line line-link">
      <code title={order.orderId}>{shortId(order.orderId)}</code>
      <Mark look={orderLooks[order.status]} {...noteOf(order)} />
      <span className="cut" title={order.customerId}>
        {order.customerId}
      </span>
      <Amount money={order.amount} />
      <span className="number faint">
        {Number.isNaN(createdMs) ? order.createdOn.slice(0, 24) : <At ms={createdMs} />}
      </span>
    </Link>
  );
}

function noteOf({ isStale, reason }: OrderLine): { note?: string } {
  if (isStale) return { note: 'not followed any more' };
  return reason === null ? {} : { note: reasonWords[reason] };
}

function Nothing({ isSearched }: { readonly isSearched: boolean }): React.ReactElement {
  if (isSearched) return <Empty title="No matching orders.">Widen or clear the search.</Empty>;
  return (
    <Empty title="No orders yet.">
      <Link href="/">Place one on the floor</Link>, or with <code>npx eventstream place</code>.
    </Empty>
  );
}
