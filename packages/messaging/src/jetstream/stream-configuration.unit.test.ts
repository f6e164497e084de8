import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { incarnation, logName } from '@eventstream/contracts';
import {
  compareConfiguration,
  defaultStreamSettings,
  ownershipOf,
  wantedConfiguration,
} from './stream-configuration.ts';

const orders = logName('ORDERS');
const life = incarnation(randomUUID());
const wanted = wantedConfiguration(orders, life, defaultStreamSettings);

describe('the configuration of a log’s stream', () => {
  test('keeps the newest 7 days and 2 GB, and lets nobody make holes', () => {
    assert.deepEqual(wanted.subjects, ['ORDERS.*']);
    assert.equal(wanted.description, `eventstream log ORDERS incarnation ${life}`);
    assert.deepEqual([wanted.storage, wanted.retention, wanted.discard], ['file', 'limits', 'old']);
    assert.deepEqual([wanted.max_age, wanted.max_bytes], [604_800_000_000_000, 2_000_000_000]);
    assert.deepEqual([wanted.deny_delete, wanted.deny_purge, wanted.duplicate_window], [true, true, 120_000_000_000]);
  });

  test('recognises retries for no longer than messages are kept, which nats-server would refuse', () => {
    const { max_age, duplicate_window } = wantedConfiguration(orders, life, {
      ...defaultStreamSettings,
      maxAgeMs: 90_000,
    });
    assert.deepEqual([max_age, duplicate_window], [90_000_000_000, 90_000_000_000]);
  });

  test('has no drift from itself, whatever else the server adds', () => {
    assert.deepEqual(compareConfiguration(wanted, { ...wanted, max_consumers: -1, sealed: false }), []);
  });

  test('names each drift with what to do about it', () => {
    const drifts = compareConfiguration(wanted, { ...wanted, max_bytes: 1, deny_delete: false });
    assert.deepEqual(
      drifts.map(({ field, wanted: want, found }) => [field, want, found]),
      [
        ['max_bytes', '2000000000', '1'],
        ['deny_delete', 'true', 'false'],
      ],
    );
    assert.match(drifts[0]?.nextStep ?? '', /nats stream edit ORDERS/);
    assert.match(drifts[1]?.nextStep ?? '', /made/);
  });

  test('of another life leads to the commands', () => {
    const other = wantedConfiguration(orders, incarnation(randomUUID()), defaultStreamSettings);
    const [drift] = compareConfiguration(wanted, other);
    assert.match(drift?.nextStep ?? '', /new-incarnation/);
  });
});

describe('a stream', () => {
  test('is ours by its description, with the life it belongs to', () => {
    assert.deepEqual(ownershipOf(orders, wanted), { kind: 'ours', incarnation: life });
  });

  test('with any other description is foreign, and is described', () => {
    for (const description of [
      undefined,
      '',
      'orders',
      `eventstream log OTHER incarnation ${life}`,
      `${wanted.description}x`,
    ]) {
      const found = { name: 'ORDERS', subjects: ['ORDERS.*'], ...(description === undefined ? {} : { description }) };
      const owner = ownershipOf(orders, found);
      assert.ok(owner.kind === 'foreign' && owner.found.includes('ORDERS.*'));
    }
  });
});
