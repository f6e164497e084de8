import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecordedEvent } from '@eventstream/contracts';
import { reasonAsJson, reasonInJson } from './reason-as-json.ts';
import { sagaTest } from './testkit.ts';
import { trip } from './trip.fixture.ts';

/** The one event that a trip's saga appends when its first step fails, with this data. */
function appended(data: Uint8Array): RecordedEvent {
  const definition = trip({ reasonIn: () => 'whatever' });
  const story = sagaTest(definition, { write: () => ({ data, metadata: {} }) });
  const last = story.when('TRIPS.wished', 'TRIPS.flightrefused').events.at(-1);
  return last ?? assert.fail('the saga appended nothing');
}

test('a reason is read back as it was written', () => {
  const { data } = reasonAsJson({ kind: 'end', type: trip().ends.undone, reason: 'zu spät' });
  assert.equal(reasonInJson(appended(data)), 'zu spät');
});

test('data without a reason is refused by name, never taken for one', () => {
  for (const data of ['', 'null', '[]', '{}', '{"reason":7}', '\u0000'])
    assert.throws(() => reasonInJson(appended(Buffer.from(data))), { code: 'saga_no_reason' });
  assert.throws(() => reasonInJson(appended(Buffer.from([0xff]))), { code: 'saga_no_reason' });
});
