import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventId, position, UndecodableEvent } from '@eventstream/contracts';
import { StoreOverloaded, StoreUnavailable } from '@eventstream/event-store';
import { CodedError, newId, QueueFull } from '@eventstream/platform';
import { stepAfter, verdictOfAnswer, verdictOfError } from './classify.ts';
import { deadLetter, done, InfrastructureFault, retry } from './handler.ts';
import { happened, testLog } from './worker-world.fixture.ts';

const policy = { backoff: { firstMs: 100, maxMs: 1_000, jitter: 'half', random: () => 1 }, attemptsMax: 3 } as const;

describe('what was thrown', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const withoutRight = Object.assign(new Error('permission denied for table payment_intents'), { code: '42501' });
  const deadlock = Object.assign(new Error('deadlock detected'), { code: '40P01' });
  for (const [what, error] of [
    ['an infrastructure fault', new InfrastructureFault('the gateway is down')],
    ['an unavailable store', new StoreUnavailable('write', 'no answer')],
    ['an overloaded store', new StoreOverloaded(7)],
    ['a full queue', new QueueFull(7)],
    ['a refused connection', refused],
    ['a deadlock', deadlock],
    ['a right that somebody took from its role', withoutRight],
  ] as const)
    test(`${what} is nobody's attempt`, () => assert.equal(verdictOfError(error).kind, 'infrastructure'));

  test('an event that cannot be read is a dead letter at once, which says whether a newer version helps', () => {
    const event = { id: eventId(newId()), type: happened, log: testLog, position: position(3) };
    for (const code of ['contracts_unknown_event', 'contracts_malformed_event'] as const) {
      const verdict = verdictOfError(new UndecodableEvent(code, event, 'because'));
      assert.equal(verdict.kind, 'deadLetter');
      assert.ok(verdict.kind === 'deadLetter' && verdict.reason.startsWith(`[${code}] `));
    }
  });

  test('anything else is a failure that keeps its code and its stack', () => {
    const verdict = verdictOfError(new CodedError('fact_refused', 'the store refused it'));
    assert.equal(verdict.kind, 'failed');
    assert.match(verdict.kind === 'failed' ? verdict.reason : '', /^\[fact_refused\] the store refused it$/);
    assert.equal(verdictOfError('just a text').kind, 'failed');
  });
});

describe('what was answered', () => {
  test('is an outcome as it is', () => {
    for (const outcome of [done, retry(0, 'not yet'), retry(-1, 'now'), deadLetter('never')])
      assert.equal(verdictOfAnswer(outcome), outcome);
  });

  test('is a failure when it is nothing, or a time that nobody can wait for', () => {
    const answers = [undefined, null, 'done', {}, { kind: 'other', reason: 'x' }, { kind: 'deadLetter' }];
    const waits = [NaN, Infinity, 1e300].map((ms) => retry(ms, 'not yet'));
    for (const answer of [...answers, ...waits]) {
      const verdict = verdictOfAnswer(answer);
      assert.ok(verdict.kind === 'failed' && verdict.reason.includes('answers done, retry or deadLetter'));
    }
  });
});

describe('what follows an attempt', () => {
  test('done finishes, a dead letter is buried', () => {
    assert.deepEqual(stepAfter(done, 1, policy), { kind: 'finish' });
    assert.deepEqual(stepAfter(deadLetter('no'), 1, policy), { kind: 'bury', reason: 'no', stack: undefined });
  });

  test('a retry is tried for ever, later each time up to a limit, and never earlier than asked', () => {
    const waits = [1, 2, 3, 4, 5, 50].map((attempt) => stepAfter(retry(0, 'no'), attempt, policy));
    assert.deepEqual(
      waits.map((step) => (step.kind === 'wait' ? step.afterMs : step.kind)),
      [100, 200, 400, 800, 1_000, 1_000],
    );
    assert.deepEqual(stepAfter(retry(5_000, 'no'), 1, policy), { kind: 'wait', afterMs: 5_000, reason: 'no' });
  });

  test('an unforeseen failure is tried again until its last attempt', () => {
    const failed = { kind: 'failed', reason: 'a bug', stack: undefined } as const;
    assert.equal(stepAfter(failed, 2, policy).kind, 'wait');
    assert.equal(stepAfter(failed, 3, policy).kind, 'bury');
  });
});
