import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreUnavailable, UnknownLog } from '@eventstream/event-store';
import { CodedError, createLogger } from '@eventstream/platform';
import { createHttpApp } from '@eventstream/service-kit/http';
import { problemOfFault } from './explain-faults.ts';

test('what does not answer behind a route is told as a sentence with what to do, and a bug is not excused', async () => {
  const app = createHttpApp({ logger: createLogger({ service: 'test', level: 'silent' }), explain: problemOfFault });
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
  const cases = [
    ['store', new StoreUnavailable('read', 'the read'), 503, 'dependency-unavailable', /eventstoresvc/],
    ['log', new UnknownLog('ORDERS'), 503, 'dependency-unavailable', /no log ORDERS: run `npx eventstream bootstrap`/],
    ['database', refused, 503, 'dependency-unavailable', /PostgreSQL/],
    ['busy', new CodedError('console_busy', 'too much'), 503, 'overloaded', /try again/],
    ['cursor', new CodedError('cursor_unknown', 'no'), 400, 'invalid-request', /cursor/],
    ['bug', new TypeError('x is not a function'), 500, 'internal-error', /on our side/],
  ] as const;
  for (const [path, error] of cases) app.get(`/${path}`, () => Promise.reject(error));
  for (const [path, , status, code, says] of cases) {
    const answer = await app.inject(`/${path}`);
    assert.deepEqual([answer.statusCode, answer.json().code], [status, code], path);
    assert.match(answer.json().detail, says);
    assert.equal(answer.headers['retry-after'] !== undefined, status === 503, path);
  }
});
