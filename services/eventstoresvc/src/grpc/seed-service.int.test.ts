import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import {
  incarnation,
  metadataKeys,
  noRevision,
  nowhere,
  orderEventTypes,
  orderId,
  orderStream,
  ordersLog,
  type RecordedEvent,
} from '@eventstream/contracts';
import { eventStoreService } from '@eventstream/event-store/grpc';
import { memoryEventStore } from '@eventstream/event-store/memory';
import { loadOrder } from '@eventstream/orders';
import { createLogger, newId, systemClock } from '@eventstream/platform';
import { startGrpcServer } from '@eventstream/platform/grpc';
import { currencyOf } from '@eventstream/service-kit/settings';
import { credentials, loadPackageDefinition, type ServiceError, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { seedService } from './seed-service.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const registry = { types: new Map([[ordersLog, new Set<string>(Object.values(orderEventTypes))]]) };
const usd = currencyOf('USD');

/** The event store, and a client such as the seed's programs have: made from the seed's own .proto file. */
async function serve(t: TestContext) {
  const store = memoryEventStore({ registry, clock: systemClock, newIncarnation: () => incarnation(newId()) });
  const server = await startGrpcServer({
    address: '127.0.0.1',
    port: 0,
    implementations: [
      eventStoreService({ store, logger }),
      seedService({ store, clock: systemClock, defaultCurrency: usd }),
    ],
    logger,
  });
  const definition = loadSync(join(import.meta.dirname, '../../../../proto/eventstore.proto'), {
    keepCase: true,
    defaults: true,
  });
  const loaded = loadPackageDefinition(definition)['eventstore'];
  assert(typeof loaded === 'object' && 'EventStore' in loaded && typeof loaded.EventStore === 'function');
  const client = new loaded.EventStore(`127.0.0.1:${server.port}`, credentials.createInsecure());
  t.after(async () => {
    client.close();
    await server.stop();
  });
  const call = (method: string, request: object): Promise<Answer> =>
    new Promise((resolve, reject) => {
      client[method]?.(request, (error: ServiceError | null, answer: Answer) =>
        error ? reject(error) : resolve(answer),
      );
    });
  const create = (event: object) => call('CreateEvent', { event });
  const streamOf = async (request: object): Promise<SeedEvent[]> => {
    const stream = client['GetEventsStream']?.(request);
    const events: SeedEvent[] = [];
    stream.on('data', (event: SeedEvent) => events.push(event));
    await once(stream, 'end');
    return events;
  };
  return { store, call, create, streamOf };
}

interface SeedEvent {
  readonly event_id: string;
  readonly event_type: string;
}
interface Answer {
  readonly is_success?: boolean;
  readonly error?: string;
  readonly events?: SeedEvent[];
}

/** Version 1 uuids, as the seed's programs make them. */
let count = 0;
function uuid1(): string {
  count += 1;
  return `${count.toString(16).padStart(8, '0')}-5bbb-11f0-8de9-0242ac120002`;
}

const order = '8d1c6e3e-5bba-11f0-8de9-0242ac120002';
const envelope = { aggregate_id: order, aggregate_type: 'order', stream: 'ORDERS' };

function created() {
  const data = {
    order_id: order,
    customer_id: 'c-1',
    restaurant_id: 'r-1',
    status: 'Pending',
    created_on: '2026-01-01T10:00:00Z',
    amount: 400,
    order_items: [{ code: 'vm', name: 'Veg Meals', unit_price: 200, quantity: 2 }],
  };
  return { ...envelope, event_id: uuid1(), event_type: 'ORDERS.created', event_data: JSON.stringify(data) };
}

function debited(amount = 400) {
  const data = { OrderID: order, CustomerID: 'c-1', Amount: amount };
  return { ...envelope, event_id: uuid1(), event_type: 'ORDERS.paymentdebited', event_data: JSON.stringify(data) };
}

function approved() {
  return { ...envelope, event_id: uuid1(), event_type: 'ORDERS.approved', event_data: '' };
}

async function stored(store: { readStream: Store['readStream'] }): Promise<readonly RecordedEvent[]> {
  const page = await store.readStream(ordersLog, orderStream(orderId(order)), {
    direction: 'forwards',
    from: noRevision,
    limit: 100,
  });
  return page.events;
}
type Store = ReturnType<typeof memoryEventStore>;

describe('a program written for the seed', () => {
  test('takes its sample order from created to approved, and everybody understands it', async (t) => {
    const { store, create, call, streamOf } = await serve(t);
    const events = [created(), debited(), approved()];
    for (const event of events) assert.deepEqual(await create(event), { is_success: true, error: '' });
    const { order: folded } = await loadOrder(store, orderId(order));
    assert.equal(folded.status, 'Approved');
    assert.deepEqual(folded.status === 'Approved' && folded.details.amount, { minor: 40000n, currency: 'USD' });
    assert.deepEqual((await call('GetEvents', { aggregate_id: order })).events, events);
    assert.deepEqual((await call('GetEvents', { event_id: events[2]?.event_id })).events, [events[2]]);
    assert.deepEqual((await call('GetEvents', { event_id: uuid1() })).events, []);
    assert.deepEqual(await streamOf({ aggregate_id: order }), events);
    const [first] = await stored(store);
    assert.equal(first?.metadata[metadataKeys.schemaVersion], '0');
    assert.equal(first?.metadata[metadataKeys.currency], 'USD');
  });

  test('repeats a call without harm, with the same id and with another', async (t) => {
    const { store, create } = await serve(t);
    const first = created();
    const payment = debited();
    for (const event of [first, first, payment, payment, debited(), approved(), approved(), first])
      assert.equal((await create(event)).is_success, true, event.event_type);
    assert.equal((await stored(store)).length, 3);
    const twin = await create({ ...approved(), event_id: first.event_id });
    assert.equal(twin.is_success, false);
    assert.match(twin.error ?? '', /other content/);
  });

  test('is told why when an event cannot follow', async (t) => {
    const { store, create } = await serve(t);
    const refusals: [object, RegExp][] = [
      [debited(), /no such order/],
      [approved(), /no such order/],
    ];
    for (const [event, reason] of refusals) await assertRefused(create, event, reason);
    await create(created());
    await assertRefused(create, created(), /exists with other content/);
    await assertRefused(create, approved(), /not paid/);
    await assertRefused(create, debited(1), /minor units/);
    for (const type of ['paymentvoided', 'paymentvoidrequested', 'cancelled'])
      await assertRefused(create, { ...approved(), event_type: `ORDERS.${type}` }, /by the platform alone/);
    assert.equal((await stored(store)).length, 1);
  });

  test('races with others for an order, and exactly one event of a kind is stored', async (t) => {
    const { store, create } = await serve(t);
    await create(created());
    const answers = await Promise.all(Array.from({ length: 40 }, () => create(debited())));
    assert(answers.every(({ is_success }) => is_success));
    assert.equal((await stored(store)).length, 2);
  });

  test('pays an order of another currency without naming it', async (t) => {
    const { store, create } = await serve(t);
    const event = created();
    await create({ ...event, event_data: JSON.stringify({ ...JSON.parse(event.event_data), currency: 'JPY' }) });
    assert.equal((await create(debited())).is_success, true);
    const { order: folded } = await loadOrder(store, orderId(order));
    assert.deepEqual(folded.status !== 'none' && folded.payment.kind === 'debited' && folded.payment.amount, {
      minor: 400n,
      currency: 'JPY',
    });
  });
});

async function assertRefused(create: (event: object) => Promise<Answer>, event: object, reason: RegExp): Promise<void> {
  const answer = await create(event);
  assert.equal(answer.is_success, false);
  assert.match(answer.error ?? '', reason);
}

test('requests that make no sense are INVALID_ARGUMENT, name the field, and leave nothing behind', async (t) => {
  const { store, call } = await serve(t);
  const good = created();
  const cases: [string, object][] = [
    ['event:', {}],
    ['event.event_id', { event: { ...good, event_id: '' } }],
    ['event.event_id', { event: { ...good, event_id: 'no-uuid' } }],
    ['event.aggregate_id', { event: { ...good, aggregate_id: '' } }],
    ['event.aggregate_id', { event: { ...good, aggregate_id: "' or 1=1" } }],
    ['event.aggregate_type', { event: { ...good, aggregate_type: 'customer' } }],
    ['event.stream', { event: { ...good, stream: 'OTHER' } }],
    ['event.event_type', { event: { ...good, event_type: '' } }],
    ['event.event_type', { event: { ...good, event_type: 'ORDERS.nosuch' } }],
    ['event.event_type', { event: { ...good, event_type: '$JS.API.STREAM.DELETE.ORDERS' } }],
    ['event.event_data', { event: { ...good, event_data: '{' } }],
    ['event.event_data', { event: { ...good, event_data: '[]' } }],
    ['event.event_data', { event: { ...good, event_data: '' } }],
    ['event.event_data', { event: { ...good, event_data: '{"order_id":"00000000-0000-7000-8000-000000000000"}' } }],
    ['event.event_data', { event: { ...good, event_data: good.event_data.replace('200', '-200') } }],
    ['event.event_data', { event: { ...good, event_data: good.event_data.replace('400', '1e30') } }],
    ['event.event_data', { event: { ...good, event_data: good.event_data.replace('"quantity":2', '"quantity":0.5') } }],
    ['event', { event: { ...good, event_data: good.event_data.replace('}]', `}],"note":"${'x'.repeat(300_000)}"`) } }],
  ];
  for (const [field, request] of cases) await assertInvalid(call('CreateEvent', request), field);
  await assertInvalid(call('GetEvents', {}), 'aggregate_id');
  await assertInvalid(call('GetEvents', { aggregate_id: 'x' }), 'aggregate_id');
  await assertInvalid(call('GetEvents', { event_id: 'x' }), 'event_id');
  assert.equal((await store.head(ordersLog)).position, nowhere);
  assert.equal((await call('CreateEvent', { event: good })).is_success, true, 'still serving');
});

async function assertInvalid(answer: Promise<Answer>, field: string): Promise<void> {
  await assert.rejects(answer, (error: ServiceError) => {
    assert.equal(error.code, status.INVALID_ARGUMENT, error.message);
    assert(error.details.startsWith(field), `${error.details} names ${field}`);
    assert.deepEqual(error.metadata.get('error-code'), ['bad-event']);
    return true;
  });
}
