import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventId, eventType, ordersLog, position, revision, streamName } from '@eventstream/contracts';
import { newId } from '@eventstream/platform';
import type { DeadLetter } from '@eventstream/worker';
import { deadLetterTable } from './show-dead-letter.ts';

const letter: DeadLetter = {
  id: newId(),
  consumer: 'paymentworker-created',
  eventId: eventId(newId()),
  type: eventType('ORDERS.created'),
  log: ordersLog,
  position: position(72),
  stream: streamName(`order-${newId()}`),
  revision: revision(1),
  reason: `[contracts_malformed_event] ORDERS.created ${newId()} at ORDERS:72 cannot be read: its data is not JSON in UTF-8. ${'More. '.repeat(20)}`,
  stack: undefined,
  attempts: 1,
  firstAtMs: 0,
  lastAtMs: 0,
  state: 'open',
  resolvedBy: undefined,
  resolvedWhy: undefined,
};

test('a list of dead letters shows of each reason what is wrong, not which event it is about', () => {
  const [, line = ''] = deadLetterTable([letter]).split('\n');
  assert.match(line, /ORDERS\.created … at ORDERS:72 cannot be read: its data is not JSON in UTF-8\..*…$/);
});
