/** What every relay lease promises, as tests: memory and SQL run the same. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { logName, position } from '@eventstream/contracts';
import type { LeaseClaim, RelayLease } from '@eventstream/messaging/relay';
import { newIncarnation } from './messaging-fixture.ts';

/** An adapter under test. */
export interface RelayLeaseUnderTest {
  readonly name: string;
  open(): RelayLease;
}

/** Two that ask for the lease of a log which nobody has asked for before. */
export function rivals(ttlMs: number): { readonly one: LeaseClaim; readonly two: LeaseClaim } {
  const log = logName(`R${randomUUID().slice(0, 8).toUpperCase()}`);
  return { one: { log, holder: 'one', ttlMs }, two: { log, holder: 'two', ttlMs } };
}

/** Registers the tests. */
export function relayLeaseContract({ name, open }: RelayLeaseUnderTest): void {
  describe(`the relay lease's contract: ${name}`, () => {
    test('it goes to one holder only, however many ask at once', async () => {
      const lease = open();
      const { one } = rivals(60_000);
      const holders = Array.from({ length: 8 }, (_, index) => ({ ...one, holder: `h${index}` }));
      const terms = await Promise.all(holders.map((claim) => lease.acquire(claim)));
      assert.equal(terms.filter((term) => term !== undefined).length, 1);
    });

    test('it is kept by its holder and lost when it has run out, with the mark passed on', async () => {
      const lease = open();
      const { one, two } = rivals(60_000);
      const mark = { position: position(42), incarnation: newIncarnation() };
      const first = await lease.acquire(one);
      assert.deepEqual(first, { epoch: 1, mark: undefined });
      assert.equal(await lease.acquire(two), undefined);
      assert.equal(await lease.renew({ ...one, ttlMs: 0 }, 1, mark), true);
      assert.deepEqual(await lease.acquire(two), { epoch: 2, mark });
      assert.equal(await lease.renew(one, 1, undefined), false);
      assert.equal(await lease.acquire(one), undefined);
    });

    test('it is free at once when it was released, and only its holder can release it', async () => {
      const lease = open();
      const { one, two } = rivals(60_000);
      const mark = { position: position(7), incarnation: newIncarnation() };
      const term = await lease.acquire(one);
      assert.ok(term !== undefined);
      await lease.release(two, term.epoch, undefined);
      await lease.release(one, term.epoch + 1, undefined);
      assert.equal(await lease.acquire(two), undefined);
      await lease.release(one, term.epoch, mark);
      assert.deepEqual(await lease.acquire(two), { epoch: 2, mark });
    });
  });
}
