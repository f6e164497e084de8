/** The lives that end by a deadline, on a system whose deadlines are short. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { createLogger } from '@eventstream/platform';
import { openSql } from '@eventstream/platform/sql';
import { someCustomer, TestSystem } from './system.ts';

const logger = createLogger({ service: 'test', level: 'silent' });

function databaseUrl(base: string, database: string): string {
  const url = new URL(base);
  url.pathname = `/${database}`;
  return url.href;
}

let system: TestSystem;
before(async () => {
  system = await TestSystem.start({
    PAYMENT_WITHIN: '2s',
    REVIEW_WITHIN: '3s',
    GATEWAY_TIMEOUT: '300ms',
    PAYMENT_RETRY: '100ms',
    UNDO_STUCK_AFTER: '200ms',
  });
});

test('a payment whose outcome stays unknown is resolved at its deadline, and voided because it happened', async () => {
  const id = await system.place({ customer: someCustomer('test-silent') });
  assert.equal((await system.reaches(id, 'Cancelled')).reason, 'payment_timeout');
  const events = await system.events(id);
  assert.deepEqual(events, ['created', 'paymentvoidrequested', 'paymentdebited', 'paymentvoided', 'cancelled']);
});

test('a worker that dies between the debit and its record: both facts are recorded at the deadline, and the money goes back', async () => {
  const id = await system.place({ customer: someCustomer('test-silent') });
  const books = openSql({
    url: databaseUrl(system.running.adminSqlUrl, 'gatewaydb'),
    applicationName: 'test',
    maxConnections: 1,
    logger,
  });
  await system.eventually(
    'the provider has taken the money',
    async () => (await books.query('select 1 from ledger_entries where payment_key = $1', [id])).length > 0,
  );
  await books.close();
  await system.kill('paymentworker');
  assert.equal((await system.reaches(id, 'Cancelled')).reason, 'payment_timeout');
  const events = await system.events(id);
  assert.deepEqual(events, ['created', 'paymentvoidrequested', 'paymentdebited', 'paymentvoided', 'cancelled']);
});

test('a payment that never happened is closed at its deadline, and nothing is given back', async () => {
  const id = await system.place({ customer: someCustomer('test-unavailable') });
  assert.equal((await system.reaches(id, 'Cancelled')).reason, 'payment_timeout');
  assert.deepEqual(await system.events(id), ['created', 'paymentvoidrequested', 'paymentvoided', 'cancelled']);
  assert.equal((await system.payment(id))?.voided_minor, '0');
});

test('a review that nobody decides ends at its deadline, and the money goes back', async () => {
  const id = await system.place({ price: '600.00' });
  assert.equal((await system.reaches(id, 'Cancelled')).reason, 'review_timeout');
  assert.equal((await system.payment(id))?.voided_minor, '120000');
});

test('a void that is not done in time is never silent: readiness, metrics, log and doctor say it, with the command that helps', async () => {
  const id = await system.place({ price: '600.00' });
  await system.reaches(id, 'InReview');
  const goOn = await system.freeze('paymentworker');
  try {
    // Not by the command, which has to start first: the review's own deadline would come before it on a busy machine.
    const body = { decision: 'reject', reason: 'looks wrong' };
    const answer = await system.call('POST', `/api/orders/${id}/review`, { body });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const helps = 'eventstream sagas --stuck';
    await system.eventually('readiness says it', async () =>
      (await (await system.health('sagacoordinator', '/readyz')).text()).includes(helps),
    );
    assert.match(
      await (await system.health('sagacoordinator', '/metrics')).text(),
      /saga_open\{.*status="stuck"\} 1\n/,
    );
    await system.eventually('the log says it', async () =>
      (await system.command('logs', 'sagacoordinator')).stdout.includes(helps),
    );
    assert.match((await system.command('doctor')).stdout, /NOT OK +sagacoordinator .*eventstream sagas --stuck/);
    assert.match((await system.command('sagas', '--stuck')).stdout, new RegExp(id));
  } finally {
    goOn();
  }
  assert.equal((await system.reaches(id, 'Cancelled')).reason, 'review_rejected');
  assert.equal((await system.payment(id))?.voided_minor, '120000');
});

test('and afterwards every promise holds', () => system.verify());
