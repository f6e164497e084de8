/** What every payment provider's adapter promises, as tests: the one over HTTP and the one in memory run the same. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type OrderId, orderId } from '@eventstream/contracts';
import { newId } from '@eventstream/platform';
import { usd } from '@eventstream/testing/orders';
import { GatewayUnreachable, type PaymentGateway, type PaymentRequest } from './payment-gateway.ts';

/** What becomes of a payer's first debit. */
export type FirstDebit = 'is taken' | 'is declined' | 'takes it, and does not say so' | 'fails once, and takes nothing';

/** A provider under test, and a look into its books. */
export interface GatewayUnderTest {
  readonly gateway: PaymentGateway;
  /** A payer whose next debit ends like this. */
  payerWhose(debit: FirstDebit): string;
  /** Minor units that were taken under a key and not given back. */
  balanceOf(key: OrderId): Promise<bigint>;
}

const price = 40_000n;
const paymentBy = (payer: string): PaymentRequest => ({ key: orderId(newId()), amount: usd(price), payer });

/** Runs the suite. */
export function paymentGatewayContract(adapter: {
  readonly name: string;
  readonly open: () => Promise<GatewayUnderTest>;
  /** A provider at whose address nothing answers. */
  readonly openUnreachable: () => Promise<PaymentGateway>;
}): void {
  const promise = (what: string, check: (world: GatewayUnderTest) => Promise<void>): void => {
    test(what, async () => check(await adapter.open()));
  };

  describe(`a payment gateway ${adapter.name}`, () => {
    promise('takes the money of one key once, however often and at once it is asked', async (world) => {
      const payment = paymentBy(world.payerWhose('is taken'));
      const answers = await Promise.all(Array.from({ length: 20 }, () => world.gateway.debit(payment)));
      const [first] = answers;
      assert.equal(first?.kind, 'debited');
      for (const answer of answers) assert.deepEqual(answer, first);
      assert.equal(await world.balanceOf(payment.key), price);
      assert.deepEqual(await world.gateway.lookUp(payment), first);
    });

    promise('answers a declined payment the same for ever, and takes nothing', async (world) => {
      const payment = paymentBy(world.payerWhose('is declined'));
      const first = await world.gateway.debit(payment);
      assert.equal(first.kind, 'declined');
      assert.deepEqual(await world.gateway.debit(payment), first);
      assert.deepEqual(await world.gateway.lookUp(payment), first);
      assert.equal(await world.balanceOf(payment.key), 0n);
    });

    promise('knows nothing of a key that it never saw, and looking changes that not', async ({ gateway }) => {
      const payment = paymentBy('customer-1');
      assert.deepEqual(await gateway.lookUp(payment), { kind: 'none' });
      assert.deepEqual(await gateway.lookUp(payment), { kind: 'none' });
    });

    promise('takes nothing more under a known key with another amount or payer', async (world) => {
      const payment = paymentBy(world.payerWhose('is taken'));
      await world.gateway.debit(payment);
      for (const other of [
        { ...payment, amount: usd(price + 1n) },
        { ...payment, payer: 'customer-2' },
      ])
        assert.equal((await world.gateway.debit(other)).kind, 'unknown');
      assert.equal(await world.balanceOf(payment.key), price);
    });

    promise('gives back what a key had taken, once, and takes nothing under it again', async (world) => {
      const payment = paymentBy(world.payerWhose('is taken'));
      const debit = await world.gateway.debit(payment);
      const answers = await Promise.all([world.gateway.void(payment), world.gateway.void(payment)]);
      for (const answer of answers) {
        assert(answer.kind === 'closed');
        assert.deepEqual(answer.givenBack, usd(price));
        assert.equal(answer.reference, debit.kind === 'debited' ? debit.reference : undefined);
      }
      assert.deepEqual(await world.gateway.debit(payment), { kind: 'closed' });
      assert.equal(await world.balanceOf(payment.key), 0n);
    });

    promise(
      'a void that comes first leaves a tombstone: nothing given back, and no debit afterwards',
      async (world) => {
        const payment = paymentBy(world.payerWhose('is taken'));
        assert.deepEqual(await world.gateway.void(payment), { kind: 'closed', givenBack: usd(0n), reference: null });
        assert.deepEqual(await world.gateway.debit(payment), { kind: 'closed' });
        assert.deepEqual(await world.gateway.lookUp(payment), { kind: 'closed' });
        assert.equal(await world.balanceOf(payment.key), 0n);
      },
    );

    promise('a debit and a void at once end closed, with nothing kept', async (world) => {
      for (let round = 0; round < 10; round += 1) {
        const payment = paymentBy(world.payerWhose('is taken'));
        const [debit, closed] = await Promise.all([world.gateway.debit(payment), world.gateway.void(payment)]);
        assert(debit.kind === 'debited' || debit.kind === 'closed');
        assert.equal(closed.kind, 'closed');
        assert.equal(await world.balanceOf(payment.key), 0n);
      }
    });

    promise('money taken without an answer is unknown, and the same key finds out', async (world) => {
      const payment = paymentBy(world.payerWhose('takes it, and does not say so'));
      assert.equal((await world.gateway.debit(payment)).kind, 'unknown');
      assert.equal((await world.gateway.lookUp(payment)).kind, 'debited');
      assert.equal((await world.gateway.debit(payment)).kind, 'debited');
      assert.equal(await world.balanceOf(payment.key), price);
    });

    promise('a failure is unknown although nothing was taken, and the same key tries again', async (world) => {
      const payment = paymentBy(world.payerWhose('fails once, and takes nothing'));
      assert.equal((await world.gateway.debit(payment)).kind, 'unknown');
      assert.equal(await world.balanceOf(payment.key), 0n);
      assert.equal((await world.gateway.debit(payment)).kind, 'debited');
      assert.equal(await world.balanceOf(payment.key), price);
    });

    test('says so when nothing answers at its address', async () => {
      const gateway = await adapter.openUnreachable();
      const payment = paymentBy('customer-1');
      await assert.rejects(gateway.debit(payment), GatewayUnreachable);
      await assert.rejects(gateway.void(payment), GatewayUnreachable);
      await assert.rejects(gateway.lookUp(payment), GatewayUnreachable);
    });
  });
}
