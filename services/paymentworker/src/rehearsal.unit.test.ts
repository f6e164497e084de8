import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UndecodableEvent } from '@eventstream/contracts';
import { facts, lifeOf, voidRequested } from '@eventstream/testing/orders';
import { done } from '@eventstream/worker';
import { debitPayment } from './debit-payment.ts';
import { poorPayer } from './memory/gateway.ts';
import { contextOf, paymentWorld } from './payment-world.fixture.ts';
import { rehearsedParts } from './rehearsal.ts';
import { voidPayment } from './void-payment.ts';

/** A world whose handlers can also be run dry: what they would have done is noted. */
async function rehearsal(change: Parameters<typeof paymentWorld>[0] = {}) {
  const world = await paymentWorld(change);
  const notes: string[] = [];
  const parts = rehearsedParts(world.parts, (effect) => notes.push(effect.replaceAll(world.order.orderId, 'ORDER')));
  const [created] = await lifeOf(world.store, world.order.orderId);
  assert.ok(created);
  return { ...world, created, notes, dryDebit: () => debitPayment(parts)(created, contextOf(1)), dryParts: parts };
}

/** That nothing but questions reached anybody. */
async function assertUntouched(world: Awaited<ReturnType<typeof rehearsal>>, life: readonly string[]): Promise<void> {
  assert.deepEqual(await world.life(), life);
  assert.deepEqual(
    world.gateway.calls.filter((call) => call !== 'lookUp'),
    [],
  );
}

describe('a dry run of the payment worker', () => {
  test('tells the debit, its fact and its rows, and does none of it', async () => {
    const world = await rehearsal();
    assert.deepEqual(await world.dryDebit(), done);
    assert.deepEqual(world.notes, [
      'writes down the intent to debit 400.00 USD for ORDER',
      'debits 400.00 USD at the gateway for ORDER; assumed: it is granted',
      'appends ORDERS.paymentdebited to order-ORDER as revision 2',
      'writes down that the payment of ORDER is debited',
    ]);
    await assertUntouched(world, []);
    assert.equal(await world.parts.intents.look(world.order.orderId), undefined);
  });
  test('knows what the gateway knows: a decline stays one', async () => {
    const world = await rehearsal({ payer: poorPayer });
    await world.gateway.debit({ key: world.order.orderId, amount: world.order.amount, payer: poorPayer });
    world.gateway.calls.length = 0;
    assert.deepEqual(await world.dryDebit(), done);
    assert.match(world.notes.join('\n'), /knows as declined\nappends ORDERS.paymentdeclined/);
    await assertUntouched(world, []);
  });
  test('appends nothing that is there already', async () => {
    const world = await rehearsal();
    await world.debits();
    world.gateway.calls.length = 0;
    assert.deepEqual(await world.dryDebit(), done);
    assert.ok(!world.notes.some((note) => note.startsWith('appends')), world.notes.join('\n'));
    await assertUntouched(world, ['paymentDebited']);
  });
  test('tells what a void would give back', async () => {
    const world = await rehearsal();
    await world.debits();
    const asked = await world.happens(facts.cancelRequested, voidRequested('customer'));
    world.gateway.calls.length = 0;
    assert.deepEqual(await voidPayment(world.dryParts)(asked, contextOf(1)), done);
    assert.deepEqual(world.notes, [
      'writes down that the payment of ORDER is being closed',
      'closes payment ORDER at the gateway, which gives back 400.00 USD',
      'appends ORDERS.paymentvoided to order-ORDER as revision 5',
      'writes down that the payment of ORDER is closed',
    ]);
    await assertUntouched(world, ['paymentDebited', 'cancelRequested', 'paymentVoidRequested']);
  });
  test('fails as the handler does', async () => {
    const world = await rehearsal();
    const poison = { ...world.created, data: Buffer.from('{') };
    await assert.rejects(debitPayment(world.dryParts)(poison, contextOf(1)), UndecodableEvent);
    assert.deepEqual(world.notes, []);
  });
});
