/** The adapter over HTTP against the stand-in provider's own process, with books in a real PostgreSQL. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { encodeOrderEvent, type OrderId, orderId } from '@eventstream/contracts';
import { freePort } from '@eventstream/local-servers';
import { newId } from '@eventstream/platform';
import { migrate, type Sql } from '@eventstream/platform/sql';
import { testPostgres } from '@eventstream/testing/harness';
import { usd } from '@eventstream/testing/orders';
import { startProgram } from '@eventstream/testing/program';
import { gatewayMigrations } from '../../../paymentgateway/src/sql/migrations.ts';
import { type FirstDebit, paymentGatewayContract } from '../payment-gateway-contract.fixture.ts';
import { httpPaymentGateway } from './gateway.ts';

const payers: Readonly<Record<FirstDebit, string>> = {
  'is taken': 'customer-1',
  'is declined': 'test-decline',
  'takes it, and does not say so': 'test-timeout-after-success',
  'fails once, and takes nothing': 'test-error-then-success',
};

const closers: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const close of closers.toReversed()) await close();
});

let provider: Promise<{ readonly url: string; readonly books: Sql }> | undefined;

async function startProvider(): Promise<{ readonly url: string; readonly books: Sql }> {
  const { freshDatabase } = await testPostgres();
  const database = await freshDatabase();
  const books = database.open({ maxConnections: 2 });
  await migrate(books, { component: 'gateway', migrations: gatewayMigrations });
  const port = await freePort();
  const program = join(import.meta.dirname, '../../../paymentgateway/src/main.ts');
  const environment = { GATEWAYDB_URL: database.url, GATEWAY_PORT: String(port) };
  await startProgram({ after: (end) => closers.push(end) }, program, environment);
  return { url: `http://127.0.0.1:${port}`, books };
}

function clientOf(url: string) {
  const gateway = httpPaymentGateway({ url, timeoutMs: 1_000, connectionsMax: 32 });
  closers.push(() => gateway.close());
  return gateway;
}

async function balanceOf(books: Sql, key: OrderId): Promise<bigint> {
  const [row] = await books.query<{ balance: bigint }>(
    'select coalesce(sum(amount_minor - voided_minor), 0)::int8 as balance from payments where payment_key = $1 and reference is not null',
    [key],
  );
  return row?.balance ?? 0n;
}

paymentGatewayContract({
  name: 'over HTTP',
  open: async () => {
    provider ??= startProvider();
    const { url, books } = await provider;
    return { gateway: clientOf(url), payerWhose: (debit) => payers[debit], balanceOf: (key) => balanceOf(books, key) };
  },
  openUnreachable: async () => clientOf(`http://127.0.0.1:${await freePort()}`),
});

test('what a provider calls a payment can be recorded, whatever characters it has and however many', async (t) => {
  let reference = '';
  const server = createServer((request, response) => {
    const status = request.url?.endsWith('/void') === true ? 'voided' : 'debited';
    response.end(JSON.stringify({ status, reference, voided_minor: '100', currency: 'USD' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  assert(typeof address === 'object' && address !== null);
  const gateway = clientOf(`http://127.0.0.1:${address.port}`);
  for (reference of ['a\u0000b\ud800c', 'r'.repeat(3_000)]) {
    const payment = { key: orderId(newId()), amount: usd(100n), payer: 'customer-1' };
    const debit = await gateway.debit(payment);
    const closed = await gateway.void(payment);
    assert(debit.kind === 'debited' && closed.kind === 'closed', JSON.stringify([debit, closed.kind]));
    for (const gatewayReference of [debit.reference, closed.reference])
      encodeOrderEvent(payment.key, {
        kind: 'paymentDebited',
        customerId: payment.payer,
        amount: payment.amount,
        gatewayReference,
      });
  }
});
