/**
 * Debit and void handlers that overtake each other, are repeated, and die between any two steps. Whatever happens, the
 * provider debits at most once, the log tells what its books say, and no money is left behind.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeOrderEvent, eventId } from '@eventstream/contracts';
import { decide, evolve, noOrder, type Order } from '@eventstream/domain';
import { recordFacts } from '@eventstream/orders';
import { newId } from '@eventstream/platform';
import { facts, lifeOf, voidRequested } from '@eventstream/testing/orders';
import type { Outcome } from '@eventstream/worker';
import fc from 'fast-check';
import { poorPayer } from './memory/gateway.ts';
import type { PaymentParts } from './payment-parts.ts';
import { type PaymentWorld, paymentWorld } from './payment-world.fixture.ts';

/** What happens to one step of a handler. */
type Step = 'goes' | 'dies before' | 'dies after' | 'unknown before' | 'unknown after';

class Death extends Error {}

type Stepping = <Result>(run: () => Promise<Result>) => Promise<Result>;

/** The same parts, where each call waits for its turn and may be the worker's last. */
function stepping(parts: PaymentParts, step: Stepping): PaymentParts {
  const { store, gateway, intents } = parts;
  return {
    ...parts,
    store: {
      append: (write) => step(() => store.append(write)),
      readStream: (...asked) => step(() => store.readStream(...asked)),
      readLog: (...asked) => store.readLog(...asked),
      head: (log) => store.head(log),
    },
    gateway: {
      debit: (request) => step(() => gateway.debit(request)),
      void: (request) => step(() => gateway.void(request)),
      lookUp: (request) => step(() => gateway.lookUp(request)),
    },
    intents: {
      intend: (intent) => step(() => intents.intend(intent)),
      close: (intent) => step(() => intents.close(intent)),
      look: (id) => intents.look(id),
      settle: (id, state) => step(() => intents.settle(id, state)),
    },
  };
}

/** Delivers until it is done, as the worker's runtime does. */
async function deliverUntilDone(handle: (attempt: number) => Promise<Outcome>): Promise<void> {
  for (let attempt = 1; attempt <= 200; attempt += 1) {
    try {
      const outcome = await handle(attempt);
      if (outcome.kind === 'done') return;
      assert.equal(outcome.kind, 'retry', `a dead letter: ${JSON.stringify(outcome)}`);
    } catch (error) {
      if (!(error instanceof Death)) throw error;
    }
  }
  assert.fail('it is never done');
}

async function orderOf(world: PaymentWorld): Promise<Order> {
  let order: Order = noOrder;
  for (const event of await lifeOf(world.store, world.order.orderId)) {
    const fact = decodeOrderEvent(event);
    assert.equal(decide(order, fact).kind, 'event', `${fact.kind} may not follow`);
    order = evolve(order, fact);
  }
  return order;
}

const isDeclined = (order: Order): boolean => order.status !== 'none' && order.payment.kind === 'declined';

async function checkMoney(world: PaymentWorld, isVoided: boolean): Promise<void> {
  const order = await orderOf(world);
  assert(order.status !== 'none');
  const booked = world.gateway.booked(world.order.orderId);
  assert(booked.debits <= 1, 'at most one debit');
  const { payment } = order;
  switch (payment.kind) {
    case 'debited':
      assert(!isVoided, 'money is left behind');
      assert.deepEqual([booked.taken, booked.givenBack], [payment.amount.minor, 0n]);
      break;
    case 'closed':
      assert.deepEqual([booked.taken, booked.givenBack], [payment.debited?.minor ?? 0n, payment.voided.minor]);
      assert.equal(booked.taken, booked.givenBack);
      break;
    case 'declined':
      assert(!isVoided, 'the void was recorded');
      assert.equal(booked.taken, 0n);
      break;
    default:
      assert.fail('the payment is still open');
  }
}

test('money taken is money given back or money in the log, whatever overtakes, repeats or dies', async () => {
  const anyStep = fc.oneof(
    { weight: 4, arbitrary: fc.constant<Step>('goes') },
    { weight: 1, arbitrary: fc.constantFrom<Step>('dies before', 'dies after', 'unknown before', 'unknown after') },
  );
  const script = fc.record({
    scheduler: fc.scheduler(),
    steps: fc.array(anyStep, { maxLength: 40 }),
    deliveries: fc.integer({ min: 1, max: 2 }),
    voids: fc.integer({ min: 0, max: 2 }),
    payer: fc.constantFrom('customer-1', 'customer-1', poorPayer),
  });
  await fc.assert(
    fc.asyncProperty(script, async ({ scheduler, steps, deliveries, voids, payer }) => {
      const left = [...steps];
      let isVoided = false;
      const world = await paymentWorld({
        payer,
        wrap: (parts) =>
          stepping(parts, async (run) => {
            await scheduler.schedule(Promise.resolve(), 'a step');
            const step = left.shift() ?? 'goes';
            if (step === 'dies before') throw new Death();
            // Taken up by the gateway's next call, whichever lane makes it.
            if (step === 'unknown before' || step === 'unknown after') world.gateway.faults.push(step);
            const result = await run();
            if (step === 'dies after') throw new Death();
            return result;
          }),
      });
      const lanes = Array.from({ length: deliveries }, () => deliverUntilDone(world.debits));
      const cancel = async (): Promise<void> => {
        await scheduler.schedule(Promise.resolve(), 'the customer cancels');
        const asked = await recordFacts(world.store, {
          orderId: world.order.orderId,
          cause: eventId(newId()),
          actor: 'sagacoordinator',
          // Of a declined payment nobody asks a void.
          facts: (order) => (isDeclined(order) ? [] : [facts.cancelRequested, voidRequested('customer')]),
        });
        isVoided = asked.kind === 'recorded';
        if (isVoided) await Promise.all(Array.from({ length: voids }, () => deliverUntilDone(world.voids)));
      };
      if (voids > 0) lanes.push(cancel());
      await scheduler.waitFor(Promise.all(lanes));
      await checkMoney(world, isVoided);
    }),
    { numRuns: 150 },
  );
});
