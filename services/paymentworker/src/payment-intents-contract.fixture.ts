/** What every adapter of the payment intents promises, as tests: memory and SQL run the same. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { orderId } from '@eventstream/contracts';
import { newId } from '@eventstream/platform';
import { usd } from '@eventstream/testing/orders';
import type { PaymentIntent, PaymentIntents } from './payment-intents.ts';

const anIntent = (): PaymentIntent => ({ orderId: orderId(newId()), amount: usd(40_000n), payer: 'customer-1' });

/** Runs the suite. `open` answers rows that nobody else writes. */
export function paymentIntentsContract(adapter: {
  readonly name: string;
  readonly open: () => Promise<PaymentIntents>;
}): void {
  const promise = (what: string, check: (intents: PaymentIntents) => Promise<void>): void => {
    test(what, async () => check(await adapter.open()));
  };

  describe(`payment intents ${adapter.name}`, () => {
    promise('an intent is written once, and answers how far it has got', async (intents) => {
      const intent = anIntent();
      assert.equal(await intents.intend(intent), 'intended');
      assert.equal(await intents.intend(intent), 'intended');
      await intents.settle(intent.orderId, 'debited');
      assert.equal(await intents.intend(intent), 'debited');
    });
    promise('looking changes nothing', async (intents) => {
      const intent = anIntent();
      assert.equal(await intents.look(intent.orderId), undefined);
      await intents.close(intent);
      assert.equal(await intents.look(intent.orderId), 'closing');
      assert.equal(await intents.look(intent.orderId), 'closing');
    });
    promise('a decline is kept like a debit', async (intents) => {
      const intent = anIntent();
      await intents.intend(intent);
      await intents.settle(intent.orderId, 'declined');
      assert.equal(await intents.intend(intent), 'declined');
    });
    promise('a void that comes first makes the row, and no debit begins any more', async (intents) => {
      const intent = anIntent();
      assert.equal(await intents.close(intent), 'closing');
      assert.equal(await intents.intend(intent), 'closing');
      assert.equal(await intents.close(intent), 'closing');
    });
    promise('a void closes a payment at any stage', async (intents) => {
      for (const before of ['debited', 'declined'] as const) {
        const intent = anIntent();
        await intents.intend(intent);
        await intents.settle(intent.orderId, before);
        assert.equal(await intents.close(intent), 'closing');
      }
    });
    promise('a payment that is being closed goes only to closed, whatever the late debit says', async (intents) => {
      const intent = anIntent();
      await intents.intend(intent);
      await intents.close(intent);
      await intents.settle(intent.orderId, 'debited');
      assert.equal(await intents.intend(intent), 'closing');
      await intents.settle(intent.orderId, 'closed');
      await intents.settle(intent.orderId, 'declined');
      assert.equal(await intents.close(intent), 'closed');
      assert.equal(await intents.intend(intent), 'closed');
    });
    promise('settling makes no row where there is none', async (intents) => {
      const intent = anIntent();
      await intents.settle(intent.orderId, 'closed');
      assert.equal(await intents.intend(intent), 'intended');
    });
    promise('many at once are each answered for themselves, also when one is named twice', async (intents) => {
      const [closing, debited] = [anIntent(), anIntent()];
      await intents.close(closing);
      await intents.intend(debited);
      await intents.settle(debited.orderId, 'debited');
      const fresh = Array.from({ length: 700 }, anIntent);
      const asked = [closing, ...fresh, debited, ...fresh.slice(0, 10), closing];
      const states = await Promise.all(asked.map((intent) => intents.intend(intent)));
      assert.deepEqual([states[0], states[701], states.at(-1)], ['closing', 'debited', 'closing']);
      assert(states.slice(1, 701).every((state) => state === 'intended'));
      const closed = await Promise.all([...fresh, ...fresh].map((intent) => intents.close(intent)));
      assert(closed.every((state) => state === 'closing'));
    });
    promise('settled twice at the same time, a closed payment stays closed', async (intents) => {
      const intent = anIntent();
      await intents.close(intent);
      await Promise.all([intents.settle(intent.orderId, 'closed'), intents.settle(intent.orderId, 'debited')]);
      assert.equal(await intents.intend(intent), 'closed');
    });
  });
}
