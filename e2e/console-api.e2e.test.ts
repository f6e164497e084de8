/** The console's API against the whole system: what its page shows is what happens, and what it does is written down. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import * as actions from '../services/console/src/api/actions.ts';
import * as letters from '../services/console/src/api/dead-letters.ts';
import * as floors from '../services/console/src/api/floor.ts';
import * as healths from '../services/console/src/api/health.ts';
import * as logs from '../services/console/src/api/log.ts';
import * as orders from '../services/console/src/api/orders.ts';
import * as sagas from '../services/console/src/api/sagas.ts';
import * as traces from '../services/console/src/api/traces.ts';
import * as verifies from '../services/console/src/api/verify.ts';
import { samples } from '../services/console/src/samples.ts';
import { ConsoleClient } from './console-client.ts';
import { someCustomer, TestSystem } from './system.ts';

describe('the console', () => {
  let system: TestSystem;
  let client: ConsoleClient;
  before(async () => {
    // No word of where traces go: then they go to the console.
    system = await TestSystem.start({ TRACES_EXPORTER: '' }, { console: true });
    client = await ConsoleClient.open(system);
  });

  const place = async (kind: string): Promise<string> =>
    (await client.post('/api/orders', { kind, by: 'ada' }, actions.placed)).orderId;
  const detail = (id: string): Promise<orders.OrderDetail> => client.get(`/api/orders/${id}`, orders.orderDetail);
  const reaches = (id: string, status: string): Promise<void> =>
    system.eventually(`the console shows ${id} ${status}`, async () => {
      const { state, saga } = await detail(id);
      return (
        state?.status === status && (saga?.status === 'done' || saga?.status === 'undone' || status === 'InReview')
      );
    });

  test('places a sample order and shows its life, its money, its saga and its trace', async () => {
    const id = await place('good');
    await reaches(id, 'Approved');
    const shown = await detail(id);
    assert.deepEqual(
      shown.steps.map(({ event, causedBy }) => [event.type, causedBy]),
      [
        ['ORDERS.created', null],
        ['ORDERS.paymentdebited', 1],
        ['ORDERS.approved', 2],
      ],
    );
    assert.deepEqual([shown.payment.provider?.status, shown.payment.ledger.length], ['debited', 2]);
    assert.equal(shown.actions.cancel.isAllowed, false);
    assert.ok(shown.trace?.isKept);
    const spans = Type.Array(traces.zipkinSpan);
    await system.eventually('the trace has come from every process', async () => {
      const response = await fetch(`${client.zipkinUrl}/api/v2/trace/${shown.trace?.traceId}`);
      if (!response.ok) return false;
      const services = new Set(
        Value.Parse(spans, await response.json()).map((span) => span.localEndpoint?.serviceName),
      );
      return services.size === 7;
    });
    await client.get(`/zipkin/api/v2/trace/${shown.trace?.traceId}`, spans);
    const [link] = await client.get('/zipkin/api/v2/dependencies', Type.Array(traces.zipkinDependency));
    assert.ok(link !== undefined);
  });

  test('has an order approved by a person, and keeps who did it and why', async () => {
    const id = await place('review');
    await reaches(id, 'InReview');
    // The queue knows its deadlines from the coordinator, which reads the log on its own.
    await system.eventually('the review is in the queue, with its rule', async () => {
      const queue = await client.get('/api/reviews', sagas.reviewPage);
      const [waiting] = queue.reviews.filter(({ orderId }) => orderId === id);
      return /above 1000\.00 USD/.test(waiting?.rule ?? '');
    });
    const body = { decision: 'approve', why: 'a known customer', by: 'ada' };
    assert.equal((await client.post(`/api/orders/${id}/review`, body, actions.written)).status, 'Approved');
    const { lines } = await client.get(`/api/audit?subject=${id}`, actions.auditPage);
    assert.deepEqual(
      lines.map(({ by, action, why, outcome }) => [by, action, why, outcome]),
      [['ada', 'approve', 'a known customer', 'done']],
    );
  });

  test('shows hostile data as the data it is, in every answer that holds it', async () => {
    const customer = `<img src=x onerror=alert(1)>${someCustomer('"\'')}`;
    const id = await system.place({ customer });
    await reaches(id, 'Approved');
    assert.equal((await detail(id)).customerId, customer);
    const found = await client.get(`/api/orders?customer=${encodeURIComponent(customer)}`, orders.orderPage);
    assert.deepEqual(
      found.orders.map(({ orderId }) => orderId),
      [id],
    );
  });

  test('refuses text that no database keeps, wherever it asks for text', async () => {
    for (const path of ['orders?customer', 'audit?subject', 'dead-letters?consumer', 'dead-letters?group']) {
      const response = await fetch(`${client.url}/api/${path}=%00`);
      assert.equal(response.status, 400, `${path}: ${await response.text()}`);
    }
  });

  test('answers every page in the shape that it is built on', async () => {
    await reaches(await place('rejected'), 'Cancelled');
    await client.get('/api/sagas?status=undone', sagas.sagaPage);
    await client.get('/api/sagas', sagas.sagaPage);
    await client.get('/api/dead-letters/groups', letters.deadLetterGroups);
    await client.get('/api/dead-letters?state=redriven', letters.deadLetterList);
    await client.get('/api/log/types', logs.logTypes);
    const { events } = await client.get('/api/log?types=ORDERS.cancelled', logs.logPage);
    assert.equal(events.at(-1)?.type, 'ORDERS.cancelled');
    await client.get('/api/traces/held', traces.tracesHeld);
    const health = await client.get('/api/health', healths.health);
    assert.ok(health.consumers.some(({ name, broker }) => name === 'paymentworker-created' && broker !== null));
    const shown = JSON.stringify(health);
    for (const url of Object.values((await system.refresh()).databases['ordersdb'] ?? {}))
      assert.ok(!shown.includes(new URL(url).password), 'no password is shown');
    await system.eventually('orders and money are counted, and in balance', async () => {
      const { counters } = await client.get('/api/floor', floors.floor);
      return (counters?.orders ?? 0) >= 4 && counters?.money[0]?.balance === 'balanced';
    });
  });

  test('tells what is recorded as it is recorded, from the position on with which it begins', async () => {
    const live = client.follow('/api/log/stream');
    const first = (await live.next()).value;
    assert.equal(first?.event, 'begun');
    const { after } = Value.Parse(logs.begun, first?.data);
    await place('good');
    const second = (await live.next()).value;
    assert.equal(second?.event, 'recorded');
    assert.ok(Value.Parse(logs.logEvent, second?.data).position > after);
    await live.return(undefined);
  });

  test('sees a process that stands still at its next look, and that it is back', async () => {
    const worker = (await system.refresh()).parts.find(({ name }) => name === 'reviewworker');
    assert.ok(worker?.pid);
    const live = client.follow('/api/floor/stream');
    assert.equal((await live.next()).value?.event, 'history');
    const look = async (): Promise<floors.Floor> => Value.Parse(floors.floor, (await live.next()).value?.data);
    const stateIn = (floor: floors.Floor) => floor.boxes.find(({ name }) => name === 'reviewworker')?.state;
    while (stateIn(await look()) !== 'ready'); // a look that had to wait for its answers may show less
    const stoppedAtMs = Date.now();
    process.kill(worker.pid, 'SIGSTOP');
    try {
      let floor = await look();
      while (floor.atMs <= stoppedAtMs) floor = await look();
      assert.equal(stateIn(floor), 'unreachable');
      assert.ok(floor.troubles.some(({ box, nextStep }) => box === 'reviewworker' && nextStep !== null));
    } finally {
      process.kill(worker.pid, 'SIGCONT');
    }
    while (stateIn(await look()) !== 'ready');
    await live.return(undefined);
  });

  test('verifies the system, and tells how far it is', async () => {
    const live = client.follow('/api/verify/stream');
    await client.post('/api/verify', {}, verifies.verifyState);
    for await (const { data } of live) {
      const { last, running } = Value.Parse(verifies.verifyState, data);
      if (running !== null || last === null) continue;
      assert.deepEqual([last.holds, last.trouble, last.promises.length], [true, null, 10]);
      break;
    }
  });

  test('writes nothing without its token', async () => {
    const response = await fetch(`${client.url}/api/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"kind":"good"}',
    });
    assert.equal(response.status, 403);
  });

  test('has a sample for every test payer of the gateway', async () => {
    const response = await fetch(`${system.running.gatewayUrl}/v1/test-payers`);
    const payers = Value.Parse(Type.Array(Type.Object({ payer: Type.String() })), await response.json());
    const used = new Set(samples.map(({ customer }) => customer));
    assert.deepEqual(
      payers.map(({ payer }) => payer).filter((payer) => !used.has(payer)),
      [],
    );
  });
});
