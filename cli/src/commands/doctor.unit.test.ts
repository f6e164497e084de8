import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostsOf } from './doctor.ts';

test('every server of a cluster is shown, without its password', () => {
  const found = hostsOf('NATS_URL', 'nats://me:secret@a:4222,b:4223');
  assert.deepEqual(found, { what: 'NATS_URL', ok: true, found: 'a:4222, b:4223' });
  assert.equal(hostsOf('NATS_URL', 'nats://a:4222,nats://b:x').ok, false);
  assert.equal(hostsOf('SQL_URL', 'here').ok, false);
});
