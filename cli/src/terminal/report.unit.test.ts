import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { StoreOverloaded, StoreUnavailable, UnknownLog } from '@eventstream/event-store';
import { CodedError } from '@eventstream/platform';
import { report } from './report.ts';

function said(error: unknown): string {
  const write = mock.method(process.stderr, 'write', () => true);
  report(error);
  const text = write.mock.calls.map((call) => String(call.arguments[0])).join('');
  write.mock.restore();
  return text;
}

test('whatever we raise on purpose is told as a sentence, and what to do about it on a line of its own', () => {
  for (const [error, sentence, nextStep] of [
    [new UnknownLog('ORDERS'), 'there is no log ORDERS', /^run `npx eventstream bootstrap`/],
    [new StoreUnavailable('read', 'no answer'), 'no answer', /^nothing was changed: .*`npx eventstream status`/],
    [new StoreOverloaded(7), '7 writes are waiting, more than can be answered in time', /^nothing was stored/],
    [new CodedError('port_taken', 'the port is taken', { nextStep: 'end it' }), 'the port is taken', /^end it$/],
  ] as const) {
    const [first, second] = said(error).split('\n');
    assert.equal(first, `eventstream: ${sentence}`);
    assert.match(second ?? '', nextStep);
  }
});
