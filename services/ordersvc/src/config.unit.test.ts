import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSettings, SettingsError } from '@eventstream/platform';
import { Type } from 'typebox';
import { ordersSettings } from './config.ts';

test('no more clients may follow orders than leave room for other calls on the connection to the event store', () => {
  const { MAX_EVENT_STREAMS } = ordersSettings.properties;
  const read = (text: string) => readSettings(Type.Object({ MAX_EVENT_STREAMS }), { MAX_EVENT_STREAMS: text });
  assert.deepEqual(read('900'), { MAX_EVENT_STREAMS: 900 });
  assert.throws(() => read('1000'), SettingsError);
});
