import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { metadataKeys } from '@eventstream/contracts';
import { derivedId } from '@eventstream/platform';
import { cancelled, facts, lifeOf, voidRequested } from '@eventstream/testing/orders';
import { done, InfrastructureFault, type Outcome } from '@eventstream/worker';
import { debitPayment } from './debit-payment.ts';
import { poorPayer, referenceOf } from './memory/gateway.ts';
import { contextOf, paymentWorld, price } from './payment-world.fixture.ts';

function isDeadLetter(outcome: Outcome, why: RegExp): void {
  assert(outcome.kind === 'deadLetter', outcome.kind);
  assert.match(outcome.reason, why);
}

describe('a new order', () => {
  test('is debited once, and the debit carries how long the review may take', async () => {
    const world = await paymentWorld();
    assert.deepEqual(await world.debits(), done);
    const { orderId, customerId } = world.order;
    const gatewayReference = referenceOf(orderId);
    assert.deepEqual(await world.last(), { kind: 'paymentDebited', customerId, amount: price, gatewayReference });
    const [created, debited] = await lifeOf(world.store, orderId);
    assert.equal(debited?.metadata[metadataKeys.withinMs], '60000');
    assert.equal(debited?.metadata[metadataKeys.causationId], created?.id);
    assert.equal(await world.parts.intents.intend({ orderId, amount: price, payer: customerId }), 'debited');
  });
  test('whose payment is declined says so, in the provider’s words', async () => {
    const world = await paymentWorld({ payer: poorPayer });
    assert.deepEqual(await world.debits(), done);
    assert.deepEqual(await world.last(), { kind: 'paymentDeclined', code: 'insufficient_funds', message: 'no money' });
    assert.equal(world.gateway.booked(world.order.orderId).debits, 0);
  });
  test('that is delivered again is debited no second time, and recorded no second time', async () => {
    for (const payer of ['customer-1', poorPayer]) {
      const world = await paymentWorld({ payer });
      for (const attempt of [1, 1, 2, 5]) assert.deepEqual(await world.debits(attempt), done);
      assert.equal((await world.life()).length, 1);
      assert(world.gateway.booked(world.order.orderId).debits <= 1);
    }
  });
  test('is something else than a debit', async () => {
    const world = await paymentWorld();
    isDeadLetter(await debitPayment(world.parts)(await world.happens(facts.debited), contextOf(1)), /not an order's/);
  });
});

describe('an unknown outcome', () => {
  test('is asked for again under the same key, and recorded once it is known: one debit', async () => {
    const world = await paymentWorld();
    world.gateway.faults.push('unknown after', 'unknown before');
    const first = await world.debits(1);
    assert.deepEqual(first, {
      kind: 'retry',
      afterMs: 500,
      reason: 'the outcome of the debit is unknown: scripted',
    });
    assert.equal((await world.debits(2)).kind, 'retry');
    assert.deepEqual(await world.life(), []);
    assert.deepEqual(await world.debits(3), done);
    assert.deepEqual(await world.life(), ['paymentDebited']);
    assert.deepEqual(world.gateway.booked(world.order.orderId), { debits: 1, taken: 40_000n, givenBack: 0n });
  });
  test('is looked up from the third attempt on, before anything is asked for', async () => {
    const world = await paymentWorld();
    world.gateway.faults.push('unknown after', 'unknown after', 'none');
    for (const attempt of [1, 2, 3]) await world.debits(attempt);
    assert.deepEqual(world.gateway.calls, ['debit', 'debit', 'lookUp']);
  });
  test('of which the provider knows nothing is asked for once more', async () => {
    const world = await paymentWorld();
    await world.debits(3);
    assert.deepEqual(world.gateway.calls, ['lookUp', 'debit']);
  });
});

describe('a gateway that cannot be reached', () => {
  test('is waited for, without burning an attempt', async () => {
    for (const attempt of [1, 3]) {
      const world = await paymentWorld();
      world.gateway.faults.push('unreachable');
      await assert.rejects(world.debits(attempt), InfrastructureFault);
      assert.deepEqual(await world.debits(attempt), done);
    }
  });
});

describe('a crash', () => {
  test('between the gateway and the log is mended by the next delivery, under the same event id', async () => {
    let crashes = 1;
    const world = await paymentWorld({
      wrap: (parts) => ({
        ...parts,
        store: {
          readStream: (...asked) => parts.store.readStream(...asked),
          readLog: (...asked) => parts.store.readLog(...asked),
          head: (log) => parts.store.head(log),
          append: async (write) => {
            if (crashes-- > 0) throw new Error('the process died');
            return parts.store.append(write);
          },
        },
      }),
    });
    await assert.rejects(world.debits(), /died/);
    assert.deepEqual(await world.debits(2), done);
    const [created, debited, ...others] = await lifeOf(world.store, world.order.orderId);
    assert(created && debited);
    assert.equal(debited.id, derivedId(created.id, 'paymentDebited'));
    assert.deepEqual(others, []);
    assert.equal(world.gateway.booked(world.order.orderId).debits, 1);
  });
  test('between the log and the intent changes nothing but the intent', async () => {
    let crashes = 1;
    const world = await paymentWorld({
      wrap: (parts) => ({
        ...parts,
        intents: {
          ...parts.intents,
          settle: async (id, state) => {
            if (crashes-- > 0) throw new Error('the process died');
            return parts.intents.settle(id, state);
          },
        },
      }),
    });
    await assert.rejects(world.debits(), /died/);
    assert.deepEqual(await world.debits(2), done);
    assert.deepEqual(await world.life(), ['paymentDebited']);
    const { orderId, customerId: payer } = world.order;
    assert.equal(await world.parts.intents.intend({ orderId, amount: price, payer }), 'debited');
  });
});

describe('an order that moved on meanwhile', () => {
  test('is still told of its debit while it is being cancelled', async () => {
    const world = await paymentWorld();
    await world.happens(facts.cancelRequested);
    assert.deepEqual(await world.debits(), done);
    assert.deepEqual(await world.life(), ['cancelRequested', 'paymentDebited']);
  });
  test('is not debited once its void has begun', async () => {
    const world = await paymentWorld();
    await world.happens(facts.cancelRequested, voidRequested('customer'));
    assert.deepEqual(await world.voids(), done);
    world.gateway.calls.length = 0;
    assert.deepEqual(await world.debits(), done);
    assert.deepEqual(world.gateway.calls, [], 'the intent says enough');
    assert.equal(world.gateway.booked(world.order.orderId).debits, 0);
  });
  test('is not told of a decline that its closed payment has made pointless', async () => {
    const world = await paymentWorld({ payer: poorPayer });
    await world.happens(facts.cancelRequested, voidRequested('customer'), facts.voidedNothing, cancelled('customer'));
    assert.deepEqual(await world.debits(), done);
    assert.equal((await world.last()).kind, 'cancelled');
  });
});

describe('another program in this one’s place', () => {
  test('has taken the money long ago: nothing is asked for, and nobody pays twice', async () => {
    const world = await paymentWorld({ ageMs: 31_000 });
    await world.happens(facts.debitedElsewhere, facts.approved);
    assert.deepEqual(await world.debits(), done);
    assert.equal(world.gateway.booked(world.order.orderId).debits, 0);
    assert(!world.gateway.calls.includes('debit'));
  });
  test('took the money as well: that is a dead letter which names the payment to give back', async () => {
    const together = await paymentWorld();
    await together.happens(facts.debitedElsewhere);
    isDeadLetter(await together.debits(), new RegExp(`give back payment ${referenceOf(together.order.orderId)}`));

    const unknownThen = await paymentWorld({ ageMs: 31_000 });
    unknownThen.gateway.faults.push('unknown after', 'unknown before');
    assert.equal((await unknownThen.debits()).kind, 'retry');
    await unknownThen.happens(facts.debitedElsewhere);
    assert.equal((await unknownThen.debits(2)).kind, 'retry', 'whether we took it is not known yet');
    isDeadLetter(await unknownThen.debits(3), /give back payment/);
  });
  test('declined what we debited: that is a dead letter, too', async () => {
    const world = await paymentWorld();
    await world.happens(facts.declined);
    isDeadLetter(await world.debits(), /was taken, and the log refuses it/);
  });
  test('debited what we declined: that is a dead letter, too', async () => {
    const world = await paymentWorld({ payer: poorPayer });
    await world.happens({ ...facts.debitedElsewhere, customerId: poorPayer });
    isDeadLetter(await world.debits(), /declined, and the log refuses that/);
  });
});

test('an old order that nobody has paid is debited as a new one', async () => {
  const world = await paymentWorld({ ageMs: 86_400_000 });
  assert.deepEqual(await world.debits(), done);
  assert.deepEqual(await world.life(), ['paymentDebited']);
});
