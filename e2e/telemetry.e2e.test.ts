/** One order is one trace, from POST to its end, whatever becomes of it; and tracing never costs an order. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { type FakeCollector, fakeOtlpCollector, fakeZipkin, type SeenSpan } from './fake-collectors.ts';
import { documentedMetrics, shownMetrics } from './metrics-text.ts';
import { someCustomer, TestSystem } from './system.ts';

/** Every process that an order which goes well passes through. */
const pathOfApproved = [
  'eventstoresvc',
  'ordersvc',
  'paymentgateway',
  'paymentworker',
  'querymodelworker',
  'reviewworker',
  'sagacoordinator',
];

/** The trace ids in the metadata of an order's events; one, if all is well. */
async function tracesOfEvents(system: TestSystem, order: string): Promise<string[]> {
  const { body } = await system.call('GET', `/api/orders/${order}/events`);
  assert(typeof body === 'object' && body !== null && 'events' in body && Array.isArray(body.events));
  const traces = new Set<string>();
  for (const event of body.events) {
    const traceparent: unknown = event.metadata.traceparent;
    assert(typeof traceparent === 'string', `${event.type} has no traceparent`);
    traces.add(traceparent.slice(3, 35));
  }
  return [...traces];
}

async function traceOf(system: TestSystem, order: string): Promise<string> {
  const [trace, ...others] = await tracesOfEvents(system, order);
  assert(trace !== undefined && others.length === 0, `the events of order ${order} belong to several traces`);
  return trace;
}

/** Waits until the spans of these names are there, and answers all of the trace. */
async function spansOf(
  system: TestSystem,
  collector: FakeCollector,
  wanted: { readonly trace: string; readonly names: readonly string[] },
): Promise<readonly SeenSpan[]> {
  const seen = (): SeenSpan[] => collector.spans.filter((span) => span.traceId === wanted.trace);
  const missing = (): string[] => {
    const spans = seen();
    const orphans = spans.filter((span) => span.parentId && !spans.some((other) => other.id === span.parentId));
    const absent = wanted.names.filter((name) => !spans.some((span) => span.name === name));
    return [...absent, ...orphans.map((span) => `the parent of ${span.service}: ${span.name}`)];
  };
  await system.eventually(
    'the trace is complete',
    async () => missing().length === 0,
    () =>
      `it lacks ${missing().join(', ')}; it has ${seen()
        .map(({ name }) => name)
        .join(', ')}`,
  );
  return seen();
}

/** One tree: one root, ids without a double; that each parent exists was waited for. */
function assertTree(spans: readonly SeenSpan[], rootName: string): void {
  const roots = spans.filter((span) => span.parentId === undefined);
  assert.deepEqual(
    roots.map(({ name }) => name),
    [rootName],
  );
  assert.equal(new Set(spans.map(({ id }) => id)).size, spans.length, 'a span came twice');
}

function servicesOf(spans: readonly SeenSpan[]): string[] {
  return [...new Set(spans.map(({ service }) => service))].toSorted();
}

const step = (type: string): string[] => [
  `relay publish ORDERS.${type}`,
  `querymodelworker apply ORDERS.${type}`,
  `sagacoordinator apply ORDERS.${type}`,
];

describe('with every order traced, up to five in a second, into Zipkin', () => {
  let system: TestSystem;
  let zipkin: FakeCollector;
  const perSecond = 5;
  before(async () => {
    zipkin = await fakeZipkin();
    system = await TestSystem.start({
      TRACES_EXPORTER: 'zipkin',
      ZIPKIN_URL: zipkin.url,
      TRACES_RATIO: '1',
      TRACES_PER_SECOND: String(perSecond),
    });
  });

  test('an approved order is one tree through every process on its path', async () => {
    const order = await system.place();
    await system.reaches(order, 'Approved');
    const trace = await traceOf(system, order);
    const names = [
      'order.place',
      'event store append',
      'commit',
      'paymentworker-created handle ORDERS.created',
      'payment intend',
      'gateway debit',
      'payment debit',
      'ledger debit',
      'reviewworker-paymentdebited handle ORDERS.paymentdebited',
      ...['created', 'paymentdebited', 'approved'].flatMap(step),
    ];
    const spans = await spansOf(system, zipkin, { trace, names });
    assertTree(spans, 'order.place');
    assert.deepEqual(servicesOf(spans), pathOfApproved);
  });

  test('so is one whose money is given back, up to its cancellation', async () => {
    const order = await system.place({ code: 'test-reject' });
    await system.reaches(order, 'Cancelled');
    const names = [
      'saga ORDERS.paymentvoidrequested',
      'paymentworker-paymentvoidrequested handle ORDERS.paymentvoidrequested',
      'gateway void',
      'payment void',
      'ledger void',
      'saga ORDERS.cancelled',
      ...['reviewrejected', 'paymentvoidrequested', 'paymentvoided', 'cancelled'].flatMap(step),
    ];
    const spans = await spansOf(system, zipkin, { trace: await traceOf(system, order), names });
    assertTree(spans, 'order.place');
    assert.deepEqual(servicesOf(spans), pathOfApproved);
  });

  test('so is one that its customer cancels by a later request, with another trace of its own', async () => {
    const order = await system.place({ price: '999999' });
    await system.reaches(order, 'InReview');
    const { status } = await system.call('POST', `/api/orders/${order}/cancel`, { body: { reason: 'not hungry' } });
    assert.equal(status, 200);
    await system.reaches(order, 'Cancelled');
    const names = ['order cancelRequested', ...['cancelrequested', 'cancelled'].flatMap(step)];
    const spans = await spansOf(system, zipkin, { trace: await traceOf(system, order), names });
    assertTree(spans, 'order.place');
  });

  test('a retry is part of it', async () => {
    const order = await system.place({ customer: someCustomer('test-error-then-success') });
    await system.reaches(order, 'Approved');
    const name = 'paymentworker-created handle ORDERS.created';
    const spans = await spansOf(system, zipkin, {
      trace: await traceOf(system, order),
      names: [name, ...step('approved')],
    });
    assertTree(spans, 'order.place');
    assert.ok(spans.filter((span) => span.name === 'gateway debit').length >= 2);
  });

  test('of many orders at once no more are traced than the cap says, and those whole', async () => {
    const second = (): number => Math.floor(Date.now() / 1000);
    const from = second();
    const orders = await Promise.all(Array.from({ length: 40 }, () => system.place()));
    const seconds = second() - from + 1;
    for (const order of orders) await system.reaches(order, 'Approved');
    const traces = new Set(await Promise.all(orders.map((order) => traceOf(system, order))));
    assert.equal(traces.size, orders.length);
    const kept = (): string[] =>
      [...new Set(zipkin.spans.map(({ traceId }) => traceId))].filter((id) => traces.has(id));
    await system.eventually('some of them are there', async () => kept().length > 0);
    for (const trace of kept()) {
      const spans = await spansOf(system, zipkin, { trace, names: ['order.place', ...step('approved')] });
      assertTree(spans, 'order.place');
      assert.deepEqual(servicesOf(spans), pathOfApproved);
    }
    assert.ok(kept().length <= perSecond * seconds, `${kept().length} traces in ${seconds} s`);
    assert.ok(kept().length < orders.length);
  });

  test('nothing but orders and what is asked of them begins a trace', async () => {
    const roots = new Set(zipkin.spans.filter((span) => span.parentId === undefined).map(({ name }) => name));
    assert.deepEqual([...roots].toSorted(), ['order.cancel', 'order.place']);
    assert.deepEqual(zipkin.faults, []);
  });

  test('every metric is documented, and named and typed as Prometheus wants it', async () => {
    const documented = await documentedMetrics();
    const shown = await shownMetrics(system);
    assert.deepEqual([...shown.keys()].toSorted(), [...documented.keys()].toSorted());
    for (const [name, { kind, help, labels }] of shown) {
      const row = documented.get(name);
      assert.equal(kind, row?.kind, name);
      for (const label of labels) assert.ok(row?.labels.has(label), `${name} has the label ${label}`);
      assert.match(name, /^[a-z]+(_[a-z]+)*$/);
      assert.equal(name.endsWith('_total'), kind === 'counter', name);
      if (kind === 'histogram') assert.match(name, /_(seconds|writes|events)$/);
      assert.ok(help.length > 10, name);
    }
  });

  test('neither series nor lines in the logs grow with the number of orders', async () => {
    const seriesCount = async (): Promise<number> => {
      let count = 0;
      for (const { series } of (await shownMetrics(system)).values()) count += series;
      return count;
    };
    const earlier = { series: await seriesCount(), lines: (await logLines(system)).length };
    const orders = await Promise.all(Array.from({ length: 20 }, () => system.place()));
    for (const order of orders) await system.reaches(order, 'Approved');
    assert.deepEqual({ series: await seriesCount(), lines: (await logLines(system)).length }, earlier);
  });

  test('a line about an order carries its trace, and nothing that the customer said', async () => {
    const customer = someCustomer('test-error-then-success');
    const order = await system.place({ customer });
    await system.reaches(order, 'Approved');
    const trace = await traceOf(system, order);
    const lines = (await logLines(system)).filter((line) => line.includes(order));
    assert.ok(lines.length > 0, 'the failed attempt is worth a line');
    for (const line of lines) {
      const json: unknown = JSON.parse(line);
      assert(typeof json === 'object' && json !== null && 'trace_id' in json, line);
      assert.equal(json.trace_id, trace);
    }
    assert.ok(!(await logLines(system)).some((line) => line.includes(customer) || line.includes('Veg Meals')));
  });

  test('when Zipkin goes away orders flow, and each process says so no more than once a minute', async () => {
    await zipkin.stop();
    for (let round = 0; round < 3; round += 1) {
      const order = await system.place();
      await system.reaches(order, 'Approved');
    }
    const lines = async (): Promise<Map<string, number>> => complaints(join(system.dataDir, 'logs'));
    await system.eventually('somebody complains', async () => (await lines()).size > 0);
    const again = await system.place();
    await system.reaches(again, 'Approved');
    for (const [file, count] of await lines()) assert.equal(count, 1, `${file} says it ${count} times`);
  });
});

/** The lines of all services at the default level. */
async function logLines(system: TestSystem): Promise<string[]> {
  const folder = join(system.dataDir, 'logs');
  const files = (await readdir(folder)).filter((name) => /(svc|worker|coordinator|gateway)\.log$/.test(name));
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.flatMap((text) => text.split('\n').filter((line) => line !== ''));
}

/** How many lines of each log say that traces cannot be delivered. */
async function complaints(folder: string): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const name of await readdir(folder)) {
    const text = await readFile(join(folder, name), 'utf8');
    const count = text.split('traces cannot be delivered').length - 1;
    if (count > 0) found.set(name, count);
  }
  return found;
}

describe('with no order traced, and an OTLP collector', () => {
  let system: TestSystem;
  let collector: FakeCollector;
  before(async () => {
    collector = await fakeOtlpCollector();
    system = await TestSystem.start({ TRACES_EXPORTER: 'otlp', OTLP_URL: collector.url, TRACES_RATIO: '0' });
  });

  test('only the order whose client is tracing it is exported, as part of the client’s trace', async () => {
    const others = await Promise.all(Array.from({ length: 10 }, () => system.place()));
    for (const order of others) await system.reaches(order, 'Approved');
    const trace = 'ab'.repeat(16);
    const clientSpan = 'cd'.repeat(8);
    const order = await system.place({ headers: { traceparent: `00-${trace}-${clientSpan}-01` } });
    await system.reaches(order, 'Approved');
    assert.equal(await traceOf(system, order), trace);
    await system.eventually('the read model’s last span has come', async () =>
      collector.spans.some((span) => span.name === 'querymodelworker apply ORDERS.approved'),
    );
    await system.stop(); // sends what is in hand: there is nothing more to wait for
    assert.deepEqual(new Set(collector.spans.map(({ traceId }) => traceId)), new Set([trace]));
    const ids = new Set(collector.spans.map(({ id }) => id));
    const without = collector.spans.filter(({ parentId }) => parentId === undefined || !ids.has(parentId));
    assert.deepEqual(
      without.map(({ name, parentId }) => [name, parentId]),
      [['order.place', clientSpan]],
    );
    assert.deepEqual(servicesOf(collector.spans), pathOfApproved);
    assert.deepEqual(collector.faults, []);
  });
});
