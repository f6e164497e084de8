import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@eventstream/platform';
import { relayLeaseContract, rivals } from '@eventstream/testing/contracts';
import { MemoryRelayLease } from './memory-relay-lease.ts';

relayLeaseContract({ name: 'memory', open: () => new MemoryRelayLease(systemClock) });

test('is none when it ends further ahead than any could: the clock was set back since', async () => {
  let nowMs = 10_000_000;
  const lease = new MemoryRelayLease({ nowMs: () => nowMs });
  const { one, two } = rivals(60_000);
  await lease.acquire(one);
  nowMs -= 3_600_000;
  assert.equal((await lease.acquire(two))?.epoch, 2);
  assert.equal(await lease.acquire(one), undefined);
});
