/** What breaks while orders arrive: nothing that was acknowledged is lost, and work resumes by itself. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { someCustomer, TestSystem } from './system.ts';

let system: TestSystem;
before(async () => {
  system = await TestSystem.start({ GATEWAY_TIMEOUT: '1s', PAYMENT_RETRY: '100ms', PAYMENT_WITHIN: '10m' });
});

/** An answer other than 201. */
interface Refusal {
  readonly status: number;
  /** Whether it has a Retry-After. */
  readonly saysWhen: boolean;
}

/** Places orders one after another in a few lanes until told to stop; keeps what was answered. */
function placeMeanwhile(lanes = 8): { stop(): Promise<{ acked: string[]; refused: Refusal[] }> } {
  const acked: string[] = [];
  const refused: Refusal[] = [];
  const end = new AbortController();
  const lane = async (): Promise<void> => {
    while (!end.signal.aborted) {
      const answer = await system.post({ customer: someCustomer() }).catch(() => undefined);
      if (answer?.status === 201) acked.push(idOf(answer.body));
      else if (answer) {
        refused.push({ status: answer.status, saysWhen: answer.headers.has('retry-after') });
      }
    }
  };
  const running = Promise.all(Array.from({ length: lanes }, lane));
  return {
    async stop() {
      end.abort();
      await running;
      return { acked, refused };
    },
  };
}

function idOf(body: unknown): string {
  assert(typeof body === 'object' && body !== null && 'order_id' in body && typeof body.order_id === 'string');
  return body.order_id;
}

async function countPlaced(wanted: number, placed: () => Promise<number>): Promise<void> {
  await system.eventually(`${wanted} more orders are accepted`, async () => (await placed()) >= wanted);
}

async function headPosition(): Promise<number> {
  const id = await system.post({ customer: someCustomer() });
  return Number(id.headers.get('eventstream-position')?.split(':')[1] ?? 0);
}

for (const victim of ['postgres', 'nats-server', 'eventstoresvc', 'paymentworker', 'paymentgateway'])
  describe(`${victim} is killed while orders arrive`, () => {
    test('nothing acknowledged is lost, and every order ends', async () => {
      const load = placeMeanwhile();
      const headBefore = await headPosition();
      await countPlaced(30, async () => (await headPosition()) - headBefore);
      await system.killAndAwait(victim);
      const back = await system
        .eventually('orders are accepted again', async () => (await headPosition()) > 0)
        .then(headPosition);
      await countPlaced(30, async () => (await headPosition()) - back);
      const { acked, refused } = await load.stop();
      assert(acked.length > 60);
      for (const refusal of refused) assert.deepEqual(refusal, { status: 503, saysWhen: true });
      for (const id of acked) await system.reaches(id, 'Approved');
      await system.verify();
    });
  });
