import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CodedError } from '../coded-error.ts';
import { faultOf, isConnectionLoss, isDatabaseAway, nextStepAtDatabase } from './faults.ts';

function withCode(code: string): Error {
  return Object.assign(new Error(`error ${code}`), { code });
}

describe('faultOf', () => {
  const expected: Record<ReturnType<typeof faultOf>, string[]> = {
    retry: ['40001', '40P01', '55P03', '57P01', '57P02', '25P03', '25P04'],
    ambiguous: ['40003', '08006', '08007', 'ECONNRESET', 'EPIPE', 'sql_commit_unknown', 'sql_silent'],
    unavailable: [
      '08001',
      '08004',
      '53300',
      '53100',
      '57P03',
      '57014',
      '25006',
      '28P01',
      '3D000',
      '42P01',
      '42501',
      '42703',
      'ECONNREFUSED',
      'ENOTFOUND',
    ],
    duplicate: ['23505'],
    refused: ['23514', '23503', '22003', '22P02'],
    bug: ['42601', 'XX000', 'whatever', 'ERR_ASSERTION'],
  };
  for (const [fault, codes] of Object.entries(expected)) {
    test(`${fault}: ${codes.join(', ')}`, () => {
      for (const code of codes) assert.equal(faultOf(withCode(code)), fault, code);
    });
  }

  test('knows the texts of errors that the driver raises without a code', () => {
    assert.equal(faultOf(new Error('Connection terminated unexpectedly')), 'ambiguous');
    assert.equal(faultOf(new Error('timeout exceeded when trying to connect')), 'unavailable');
    assert.equal(faultOf(new Error('Connection terminated due to connection timeout')), 'unavailable');
  });

  test('looks at the cause, and into several attempts to connect', () => {
    assert.equal(faultOf(new CodedError('append_failed', 'no', { cause: withCode('40001') })), 'retry');
    assert.equal(faultOf(new AggregateError([withCode('ECONNREFUSED'), withCode('ECONNREFUSED')])), 'unavailable');
    assert.equal(faultOf('not even an error'), 'bug');
  });
});

test('a connection is lost by what broke it, not by what a statement said', () => {
  for (const code of ['08006', '57P01', '25P03', '25P04', 'ECONNRESET', 'sql_silent'])
    assert.equal(isConnectionLoss(withCode(code)), true, code);
  for (const code of ['40001', '23505', '42601', '57014', '0A000'])
    assert.equal(isConnectionLoss(withCode(code)), false, code);
  assert.equal(isConnectionLoss(new Error('Connection terminated unexpectedly')), true);
  assert.equal(isConnectionLoss(new CodedError('conflict', 'no', { cause: withCode('23505') })), false);
});

test('the database is away when it does not answer now, and not when it says no', () => {
  for (const code of ['40001', '40003', '57P03', 'ECONNREFUSED'])
    assert.equal(isDatabaseAway(withCode(code)), true, code);
  for (const code of ['23505', '22003', '42601']) assert.equal(isDatabaseAway(withCode(code)), false, code);
});

describe('what whoever runs the database has to do is said', () => {
  for (const [what, code, says] of [
    ['a table is missing', '42P01', /`npx eventstream bootstrap`/],
    ['a right is missing', '42501', /`npx eventstream bootstrap`/],
    ['the role is not accepted', '28P01', /ROLE_PASSWORDS/],
    ['its disk is full', '53100', /make room/],
    ['others have all its connections', '53300', /max_connections/],
  ] as const)
    test(`when ${what}, also behind an error of ours`, () => {
      const ours = new CodedError('worker_infrastructure', 'no', { cause: withCode(code), nextStep: 'wait' });
      assert.match(nextStepAtDatabase(ours) ?? '', says);
    });

  test('and nothing when it only does not answer now', () => {
    for (const code of ['57P03', '40001', 'ECONNREFUSED']) assert.equal(nextStepAtDatabase(withCode(code)), undefined);
  });
});
