import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderId } from '@eventstream/contracts';
import { newId } from '@eventstream/platform';
import { migrate, type Sql } from '@eventstream/platform/sql';
import { testPostgres } from '@eventstream/testing/harness';
import { usd } from '@eventstream/testing/orders';
import { paymentIntentsContract } from '../payment-intents-contract.fixture.ts';
import { sqlPaymentIntents } from './intents.ts';
import { paymentMigrations } from './migrations.ts';

async function freshTable(): Promise<Sql> {
  const sql = (await (await testPostgres()).freshDatabase()).open();
  await migrate(sql, { component: 'payment', migrations: paymentMigrations });
  return sql;
}

paymentIntentsContract({ name: 'in PostgreSQL', open: async () => sqlPaymentIntents(await freshTable()) });

test('two workers that write the same intents at once agree on them', async () => {
  const sql = await freshTable();
  const [one, other] = [sqlPaymentIntents(sql), sqlPaymentIntents(sql)];
  const wanted = Array.from({ length: 200 }, () => ({ orderId: orderId(newId()), amount: usd(1n), payer: 'c' }));
  const debits = wanted.map((intent) => one.intend(intent));
  const voids = wanted.map((intent) => other.close(intent));
  const begun = await Promise.all(debits);
  assert(begun.every((state) => state === 'intended' || state === 'closing'));
  assert((await Promise.all(voids)).every((state) => state === 'closing'));
  assert((await Promise.all(wanted.map((intent) => one.intend(intent)))).every((state) => state === 'closing'));
  const rows = await sql.query<{ count: bigint }>('select count(*) as count from payment_intents');
  assert.equal(rows[0]?.count, 200n);
});

test('what was meant stands in the row for whoever looks after a crash', async () => {
  const sql = await freshTable();
  const intents = sqlPaymentIntents(sql);
  const id = orderId(newId());
  await intents.intend({ orderId: id, amount: usd(40_000n), payer: 'customer-1' });
  const [open] = await sql.query('select amount_minor, currency, payer, state, settled_at from payment_intents');
  assert.deepEqual(open, {
    amount_minor: 40_000n,
    currency: 'USD',
    payer: 'customer-1',
    state: 'intended',
    settled_at: null,
  });
  await intents.settle(id, 'debited');
  const [settled] = await sql.query<{ settled_at: Date }>('select settled_at from payment_intents');
  assert(settled?.settled_at instanceof Date);
});
