import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freePort } from '@eventstream/local-servers';
import { createLogger, newId, systemClock } from '@eventstream/platform';
import { gatewayServer } from './http-server.ts';
import type { Ledger } from './ledger.ts';

const nobodyAsks = () => assert.fail('the books are not asked');
const books: Ledger = {
  debit: nobodyAsks,
  void: nobodyAsks,
  payment: nobodyAsks,
  entries: nobodyAsks,
  turnover: nobodyAsks,
  countCall: nobodyAsks,
};

test('the gateway serves, and refuses payments that make no sense before its books are asked', async (t) => {
  const port = await freePort();
  const logger = createLogger({ service: 'test', level: 'silent' });
  const server = gatewayServer({ address: '127.0.0.1', port, logger, ledger: books, clock: systemClock, slowMs: 0 });
  await server.start();
  t.after(() => server.stop());
  const good = { amount_minor: '1900', currency: 'EUR', payer: 'customer-1' };
  for (const [key, change] of [
    ['no-uuid', {}],
    [newId(), { amount_minor: '19.00' }],
    [newId(), { currency: 'euro' }],
    [newId(), { payer: 'a\0' }],
  ] as const) {
    const { status } = await fetch(`http://127.0.0.1:${port}/v1/payments/${key}/debit`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...good, ...change }),
    });
    assert.equal(status, 400, JSON.stringify({ key, ...change }));
  }
});
