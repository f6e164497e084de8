import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { orderStream } from '@eventstream/contracts';
import { derivedId } from '@eventstream/platform';
import { cancelled, facts, lifeOf, sampleOrder, usd, voidRequested } from '@eventstream/testing/orders';
import { done, InfrastructureFault } from '@eventstream/worker';
import { poorPayer, referenceOf } from './memory/gateway.ts';
import { contextOf, paymentWorld, price } from './payment-world.fixture.ts';
import { voidPayment } from './void-payment.ts';

/** A world in which the customer has cancelled and the platform has asked for the void. */
async function cancelling(change: Parameters<typeof paymentWorld>[0] = {}) {
  const world = await paymentWorld(change);
  return { ...world, cancels: () => world.happens(facts.cancelRequested, voidRequested('customer')) };
}

describe('a void', () => {
  test('after the debit gives back what was taken', async () => {
    const world = await cancelling();
    await world.debits();
    await world.cancels();
    assert.deepEqual(await world.voids(), done);
    assert.deepEqual(await world.last(), { kind: 'paymentVoided', amount: price });
    assert.deepEqual(world.gateway.booked(world.order.orderId), { debits: 1, taken: 40_000n, givenBack: 40_000n });
  });
  test('before the debit leaves a tombstone and says that nothing was taken; the debit comes too late', async () => {
    const world = await cancelling();
    await world.cancels();
    assert.deepEqual(await world.voids(), done);
    assert.deepEqual(await world.last(), { kind: 'paymentVoided', amount: usd(0n) });
    assert.deepEqual(await world.debits(), done);
    assert.deepEqual(await world.gateway.debit({ key: world.order.orderId, amount: price, payer: 'customer-1' }), {
      kind: 'closed',
    });
    assert.deepEqual(await world.life(), ['cancelRequested', 'paymentVoidRequested', 'paymentVoided']);
  });
  test('of a debit that the log does not know records both in one write', async () => {
    const world = await cancelling();
    world.gateway.faults.push('unknown after');
    assert.equal((await world.debits()).kind, 'retry');
    const asked = await world.cancels();
    assert.deepEqual(await world.voids(), done);
    const life = await lifeOf(world.store, world.order.orderId);
    const [debited, voided] = life.slice(-2);
    assert(debited && voided);
    assert.deepEqual(await world.life(), [
      'cancelRequested',
      'paymentVoidRequested',
      'paymentDebited',
      'paymentVoided',
    ]);
    assert.deepEqual(
      [debited.id, voided.id],
      [derivedId(asked.id, 'paymentDebited'), derivedId(asked.id, 'paymentVoided')],
    );
    assert.equal(debited.recordedAtMs, voided.recordedAtMs);
    assert.deepEqual(await world.debits(2), done);
    assert.equal((await world.life()).length, 4, 'the debit handler records nothing after it');
  });
  test('of a declined payment gives nothing back', async () => {
    const world = await cancelling({ payer: poorPayer });
    await world.cancels();
    await world.debits();
    assert.deepEqual(await world.voids(), done);
    assert.deepEqual(await world.last(), { kind: 'paymentVoided', amount: usd(0n) });
  });
  test('that is delivered again answers the same, and records nothing more', async () => {
    const world = await cancelling();
    await world.debits();
    await world.cancels();
    for (const attempt of [1, 1, 2]) assert.deepEqual(await world.voids(attempt), done);
    await world.happens(cancelled('customer'));
    assert.deepEqual(await world.voids(3), done);
    assert.equal((await world.life()).filter((kind) => kind === 'paymentVoided').length, 1);
  });
  test('of an order that ended without it is done', async () => {
    const world = await cancelling({ payer: poorPayer });
    await world.cancels();
    await world.debits();
    await world.happens(cancelled('customer'));
    assert.deepEqual(await world.voids(), done);
    assert.equal((await world.last()).kind, 'cancelled');
  });
});

describe('a debit’s answer that arrives after the void', () => {
  test('records nothing, whatever it says', async () => {
    for (const payer of ['customer-1', poorPayer]) {
      const world = await cancelling({ payer });
      const { gateway } = world;
      const debit = gateway.debit.bind(gateway);
      // The gateway has booked, and its answer is held up until the void is through.
      gateway.debit = async (request) => {
        const answer = await debit(request);
        await world.cancels();
        assert.deepEqual(await world.voids(), done);
        return answer;
      };
      assert.deepEqual(await world.debits(), done);
      const life = await world.life();
      assert.equal(life.at(-1), 'paymentVoided');
      assert.equal(life.filter((kind) => kind === 'paymentDebited').length, payer === poorPayer ? 0 : 1);
      const { taken, givenBack } = gateway.booked(world.order.orderId);
      assert.equal(taken, givenBack);
    }
  });
});

describe('a void that does not get through', () => {
  test('is tried again until its outcome is known', async () => {
    const world = await cancelling();
    await world.debits();
    await world.cancels();
    world.gateway.faults.push('unknown before', 'unknown after');
    assert.equal((await world.voids(1)).kind, 'retry');
    assert.equal((await world.voids(2)).kind, 'retry');
    assert.deepEqual(await world.voids(3), done);
    assert.equal(world.gateway.booked(world.order.orderId).givenBack, 40_000n);
  });
  test('waits for a gateway that cannot be reached, without burning an attempt', async () => {
    const world = await cancelling();
    await world.cancels();
    world.gateway.faults.push('unreachable');
    await assert.rejects(world.voids(), InfrastructureFault);
    assert.deepEqual(await world.voids(), done);
  });
});

describe('money that another program took', () => {
  test('is a dead letter: only that program can give it back', async () => {
    const world = await cancelling();
    await world.happens(facts.debitedElsewhere);
    await world.cancels();
    const outcome = await world.voids();
    assert(outcome.kind === 'deadLetter');
    assert.match(outcome.reason, /another program, outside our gateway/);
    assert.deepEqual(world.gateway.calls, []);
  });
  test('while ours was given back is not called given back', async () => {
    const world = await cancelling();
    world.gateway.faults.push('unknown after');
    await world.debits();
    await world.cancels();
    const giveBack = world.gateway.void.bind(world.gateway);
    world.gateway.void = async (request) => {
      await world.happens(facts.debitedElsewhere);
      return giveBack(request);
    };
    const outcome = await world.voids();
    assert(outcome.kind === 'deadLetter');
    assert.match(outcome.reason, /40000 minor units of USD was taken, so 0/);
  });
});

test('what asks for no void, or for one of no order, is a dead letter', async () => {
  const world = await cancelling();
  const debited = await world.happens(facts.debited);
  assert.equal((await voidPayment(world.parts)(debited, contextOf(1))).kind, 'deadLetter');
  const asked = await world.cancels();
  const nobody = { ...asked, stream: orderStream(sampleOrder().orderId) };
  assert.equal((await voidPayment(world.parts)(nobody, contextOf(1))).kind, 'deadLetter');
});

test('the reference of a debit that only the void found is the provider’s', async () => {
  const world = await cancelling();
  world.gateway.faults.push('unknown after');
  await world.debits();
  await world.cancels();
  await world.voids();
  const debited = (await lifeOf(world.store, world.order.orderId)).at(-2);
  assert.match(Buffer.from(debited?.data ?? []).toString(), new RegExp(referenceOf(world.order.orderId)));
});
