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
function placeMeanwhile(lanes = 8): {
  /** Resolves when so many more were accepted. */
  accepted(more: number): Promise<void>;
  stop(): Promise<{ acked: string[]; refused: Refusal[] }>;
} {
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
    async accepted(more) {
      const wanted = acked.length + more;
      await system.eventually(
        `${more} more orders are accepted`,
        async () => acked.length >= wanted,
        () => `${wanted - acked.length} are missing`,
      );
    },
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

for (const victim of ['postgres', 'nats-server', 'eventstoresvc', 'paymentworker', 'paymentgateway'])
  describe(`${victim} is killed while orders arrive`, () => {
    test('nothing acknowledged is lost, and every order ends', async () => {
      const load = placeMeanwhile();
      await load.accepted(30);
      await system.killAndAwait(victim);
      await load.accepted(30);
      const { acked, refused } = await load.stop();
      for (const refusal of refused) assert.deepEqual(refusal, { status: 503, saysWhen: true });
      for (const id of acked) await system.reaches(id, 'Approved');
      await system.verify();
    });
  });
