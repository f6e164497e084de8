/** The load driver against a server that answers what the test says. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { plainOrders } from './mix.ts';
import { type LoadOptions, type OrderAnswer, placeOrders } from './place-orders.ts';
import { LoadTally } from './tally.ts';

const id = '0198c0de-0000-7000-8000-000000000001';
const servers: { close(): void }[] = [];
after(() => {
  for (const server of servers) server.close();
});

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => answer(request, response));
  });
  servers.push({
    close() {
      server.close();
      server.closeAllConnections();
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo; // oxlint-disable-line typescript/consistent-type-assertions -- listens on TCP
  return `http://127.0.0.1:${address.port}`;
}

function ack(response: ServerResponse): void {
  response.writeHead(201, { location: `/api/orders/${id}`, 'eventstream-position': 'ORDERS:1' }).end('{}');
}

function busy(response: ServerResponse): void {
  response.writeHead(503, { 'retry-after': '0' }).end('{"code":"overloaded"}');
}

async function load(options: Partial<LoadOptions> & { url: string }) {
  const answers: OrderAnswer[] = [];
  const run = await placeOrders(
    {
      pace: { kind: 'callers', callers: 4 },
      countMax: 20,
      durationMs: 10_000,
      mix: plainOrders,
      run: 'test',
      retriesMax: 0,
      answerWithinMs: 2_000,
      signal: new AbortController().signal,
      ...options,
    },
    (answer) => answers.push(answer),
  );
  return { answers, run };
}

test('callers place as many orders as wanted, each with a key of its own', async () => {
  let most = 0;
  let now = 0;
  const url = await serve((_request, response) => {
    most = Math.max(most, ++now);
    setImmediate(() => {
      now -= 1;
      ack(response);
    });
  });
  const { answers, run } = await load({ url });
  assert.equal(run.sent, 20);
  assert(most <= 4, `${most} at once`);
  assert.equal(new Set(answers.map(({ key }) => key)).size, 20);
  assert(answers.every(({ outcome }) => outcome.kind === 'acked' && outcome.orderId === id));
});

test('a busy answer is a refusal, and is sent again with its key when that is wanted', async () => {
  const seen = new Map<unknown, number>();
  const url = await serve((request, response) => {
    const key = request.headers['idempotency-key'];
    const times = (seen.get(key) ?? 0) + 1;
    seen.set(key, times);
    if (times < 3) busy(response);
    else ack(response);
  });
  const refused = await load({ url, countMax: 1 });
  assert.deepEqual(refused.answers[0]?.outcome, { kind: 'refused', status: 503, code: 'overloaded', retryAfterMs: 0 });
  const again = await load({ url, countMax: 1, run: 'again', retriesMax: 5 });
  assert.equal(again.answers[0]?.outcome.kind, 'acked');
  assert.equal(again.answers[0]?.attempts, 3);
  assert.equal(seen.size, 2);
});

test('no answer leaves the outcome unknown, whatever a later refusal says; no connection does not', async () => {
  let times = 0;
  const url = await serve((request, response) => {
    if (times++ === 0) request.socket.destroy();
    else busy(response);
  });
  const { answers } = await load({ url, countMax: 1, retriesMax: 2 });
  assert.equal(answers[0]?.outcome.kind, 'unknown');
  assert.equal(answers[0]?.attempts, 3);
  const nobody = await load({ url: 'http://127.0.0.1:9', countMax: 1 });
  assert.deepEqual(nobody.answers[0]?.outcome, { kind: 'refused', status: 0, code: 'ECONNREFUSED', retryAfterMs: 0 });
});

test('at a rate, a stall of the system counts for every order that was due meanwhile', async () => {
  const stallMs = 300;
  const held: ServerResponse[] = [];
  let stalled = true;
  const url = await serve((_request, response) => {
    if (!stalled) return ack(response);
    held.push(response);
    if (held.length > 1) return;
    setTimeout(() => {
      stalled = false;
      held.splice(0).forEach(ack);
    }, stallMs);
  });
  // Two fill the bound, so that only they are under way during the stall.
  const pace = { kind: 'rate', perSecond: 200, inFlightMax: 2 } as const;
  const { answers, run } = await load({ url, pace, countMax: 1_000, durationMs: 600 });
  const waited = answers.filter(({ answeredMs, sentMs }) => answeredMs - sentMs > 100).length;
  const late = answers.filter(({ answeredMs, intendedMs }) => answeredMs - intendedMs > 100).length;
  assert(waited <= 4, `${waited} waited for their answer`);
  assert(late >= 20, `${late} were late`);
  assert.equal(run.sent + run.unsent, 120);
  const tally = new LoadTally();
  answers.forEach((answer) => tally.add(answer));
  assert((tally.latency()?.max ?? 0) >= 250, JSON.stringify(tally.latency()));
});

test('aborted, it sends nothing more and ends with what was under way', async () => {
  const end = new AbortController();
  const url = await serve((_request, response) => {
    end.abort();
    ack(response);
  });
  const { answers, run } = await load({ url, countMax: 1_000, signal: end.signal });
  assert(run.sent <= 8, `${run.sent} sent`);
  assert.equal(answers.length, run.sent);
});

test('aborted between two orders of a slow rate, it does not wait for the next', async () => {
  const end = new AbortController();
  const url = await serve((_request, response) => {
    ack(response);
    end.abort();
  });
  const pace = { kind: 'rate', perSecond: 0.01, inFlightMax: 1 } as const;
  const { answers, run } = await load({ url, pace, durationMs: 1_000_000, signal: end.signal });
  assert.equal(answers.length, 1);
  assert(run.endedMs - run.startedMs < 50_000, `it took ${run.endedMs - run.startedMs} ms`);
});
