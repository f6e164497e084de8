/** The whole process over a real PostgreSQL and a real gRPC event store: what it promises when things die. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { aProcessMayTake, eventually } from '@eventstream/testing/eventually';
import { metricsPage } from '@eventstream/testing/metrics-page';
import { launch, slowly, start, storedOrders, surroundings } from './ordersvc-process.fixture.ts';

const isPlaced = (answer: Response): boolean => answer.status === 201;

describe('ordersvc', { timeout: 60_000 }, () => {
  test('takes an order, finds it before the read model has it, and says that it is ready', async (t) => {
    const around = await surroundings(t);
    const { api, post, healthPort } = await start(t, around);
    const placed = await post();
    assert.equal(placed.status, 201);
    const found = await fetch(`${api}${placed.headers.get('location')}`);
    assert.equal(found.status, 200);
    assert.equal(found.headers.get('eventstream-read-model'), 'behind');
    const ready = await fetch(`http://127.0.0.1:${healthPort}/readyz`);
    assert.equal(ready.status, 200, await ready.text());
    const measured = await metricsPage(healthPort);
    assert.match(measured, /endpoint_seconds_count\{operation="order.place",outcome="ok"\} 1/);
  });

  test('while the event store is away, orders are answered 503 or are stored; once it is back, work resumes', async (t) => {
    const around = await surroundings(t);
    const { post, healthPort } = await start(t, around, { REQUEST_TIMEOUT: '500ms' });
    const answers: Response[] = [];
    const posting = new AbortController();
    const lanes = Array.from({ length: 8 }, async () => {
      while (!posting.signal.aborted) answers.push(await post());
    });
    const reached = (wanted: (answer: Response) => boolean, count: number): Promise<number> =>
      eventually(
        () => answers.filter(wanted).length,
        (found) => found >= count,
        aProcessMayTake,
      );
    await reached(isPlaced, 50);
    await around.stopStore();
    await reached((answer) => answer.status === 503, 20);
    const readyz = await fetch(`http://127.0.0.1:${healthPort}/readyz`);
    assert.equal(readyz.status, 503);
    const before = answers.length;
    await around.startStore();
    await reached(isPlaced, answers.filter(isPlaced).length + 50);
    posting.abort();
    await Promise.all(lanes);
    assert.ok(answers.length > before);

    const stored = await storedOrders(around.store);
    for (const answer of answers) {
      assert.ok(answer.status === 201 || answer.status === 503, String(answer.status));
      if (answer.status === 503) assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]/);
      else assert.ok(stored.has((answer.headers.get('location') ?? '').split('/').at(-1) ?? ''), 'a lost 201');
    }
  });

  test('over a slow store, a burst is taken in whole; then no more wait than are answered soon, and the rest is told at once', async (t) => {
    const around = await surroundings(t, slowly(20));
    const { post, healthPort } = await start(t, around, { WRITE_WAIT: '400ms', WRITE_BURST: '600' });
    const burst = await Promise.all(Array.from({ length: 600 }, () => post()));
    assert.ok(burst.every(isPlaced), 'one of the burst was refused');

    const flood = new AbortController();
    const seen: { readonly status: number; readonly retryAfter: string | null; readonly ms: number }[] = [];
    const lanes = Array.from({ length: 700 }, async () => {
      while (!flood.signal.aborted) {
        const askedMs = performance.now();
        const { status, headers } = await post();
        seen.push({ status, retryAfter: headers.get('retry-after'), ms: performance.now() - askedMs });
        if (status === 503) await new Promise((resolve) => setTimeout(resolve, 100));
      }
    });
    const refused = () => seen.filter(({ status }) => status === 503);
    await eventually(
      () => refused().length,
      (found) => found >= 2_000,
      aProcessMayTake,
    );
    flood.abort();
    await Promise.all(lanes);
    assert.deepEqual(new Set(seen.map(({ status }) => status)), new Set([201, 503]));
    assert.ok(refused().every(({ retryAfter }) => retryAfter === '1'));
    assert.ok(seen.length - refused().length > 100, 'orders were taken all the time');

    const measured = await metricsPage(healthPort);
    assert.match(measured, /admission_refused_total\{door="writes",reason="waiting"\} [1-9]/);
    assert.match(measured, /admission_wait_seconds_count\{door="writes"\} [1-9]/);
    assert.match(measured, /http_requests_total\{method="POST",route="none",code="503"\} [1-9]/);
  });

  test('killed after an order was stored, the next process gives the same answer to the same key', async (t) => {
    const around = await surroundings(t);
    const first = await start(t, around);
    const placed = await first.post('k');
    const exited = once(first.child, 'exit');
    first.child.kill('SIGKILL');
    await exited;
    const second = await start(t, around);
    const again = await second.post('k');
    assert.equal(again.headers.get('idempotent-replayed'), 'true');
    assert.deepEqual(await again.json(), await placed.json());
  });

  test('asked to stop, it answers what it has taken and ends', async (t) => {
    const around = await surroundings(t);
    const { child, post } = await start(t, around);
    const answers = Array.from({ length: 20 }, () => post());
    await Promise.race(answers);
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const settled = await Promise.allSettled(answers);
    assert.deepEqual(await exited, [0, null]);
    const stored = await storedOrders(around.store);
    const placed = settled.flatMap((one) =>
      one.status === 'fulfilled' && one.value.status === 201 ? [one.value] : [],
    );
    assert.ok(placed.length > 0);
    for (const answer of placed) assert.ok(stored.has((answer.headers.get('location') ?? '').split('/').at(-1) ?? ''));
  });

  test('refuses to start on an address that others can reach, with a wrong currency, or on a taken port', async (t) => {
    const around = await surroundings(t);
    const outcomeOf = async (change: Record<string, string>): Promise<{ code: unknown; said: string }> => {
      const child = launch(t, { ...around.environment, ...change });
      let said = '';
      for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += String(chunk)));
      const [code] = await once(child, 'close');
      return { code, said };
    };
    const wrong = await outcomeOf({ BIND_ADDRESS: '0.0.0.0', DEFAULT_CURRENCY: 'XXQ' });
    assert.equal(wrong.code, 2);
    assert.match(wrong.said, /BIND_ADDRESS/);
    assert.match(wrong.said, /DEFAULT_CURRENCY/);
    await start(t, around);
    const taken = await outcomeOf({ ORDERS_GRPC_PORT: '0' });
    assert.equal(taken.code, 2);
    assert.match(taken.said, new RegExp(`port ${around.httpPort} is in use; set HTTP_PORT`));
  });
});
