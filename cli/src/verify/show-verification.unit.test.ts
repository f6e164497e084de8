import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { incarnation, ordersLog, position } from '@eventstream/contracts';
import { newId } from '@eventstream/platform';
import { Findings, type MoneySums, type VerificationReport } from '@eventstream/verification';
import { exitCodeOf } from './exit-code.ts';
import { showVerification, verificationJson } from './show-verification.ts';

const none = () => ({ count: 0, first: [] });

function reportOf(findings: Findings, change: Partial<VerificationReport> = {}): VerificationReport {
  return {
    log: ordersLog,
    position: position(12),
    incarnation: incarnation(newId()),
    holds: findings.holds,
    promises: findings.lines(),
    orders: 4,
    money: new Map<string, MoneySums>([
      ['JPY', { debited: 500n, voided: 0n, approved: 500n, inFlight: 0n, external: 0n }],
      ['USD', { debited: 1990n, voided: 990n, approved: 1000n, inFlight: 0n, external: 0n }],
    ]),
    remarks: {
      openIntents: none(),
      staleRows: none(),
      openDeadLetters: none(),
      stuckVoids: none(),
      unfinishedOrders: { count: 5, first: ['a', 'b', 'c', 'd', 'e'] },
    },
    tookMs: 100,
    ...change,
  };
}

describe('a verification as text', () => {
  test('has a line for each of the ten promises, the money of each currency, and a verdict', () => {
    const text = showVerification(reportOf(new Findings()));
    const numbers = [...text.matchAll(/^ ?(\d+)  holds /gm)].map(([, number]) => Number(number));
    assert.deepEqual(numbers, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert.match(text, /^JPY +500 +0 +500 +0 +0$/m);
    assert.match(text, /^USD +19\.90 +9\.90 +10\.00 +0\.00 +0\.00$/m);
    assert.match(text, /5 orders have no end yet: a, b, c, …/);
    assert.match(text, /Every promise holds \(in 0\.1 s\)$/);
  });

  test('names the first difference of a broken promise, and why one was not checked', () => {
    const findings = new Findings();
    findings.notChecked('copy', 'the broker cannot be reached');
    for (const message of ['stands first', 'stands second'])
      findings.differs({ promise: 'money', message, position: position(7) });
    const text = showVerification(reportOf(findings));
    assert.match(text, /7 {2}broken .*\n +the first of 2 differences: stands first \(position 7\)/);
    assert.match(text, /5 {2}not checked .*\n +the broker cannot be reached/);
    assert.match(text, /1 of 10 promises is BROKEN/);
  });
});

describe('a promise that was not checked', () => {
  test('because a server is away is none that holds, for readers and for scripts', () => {
    const findings = new Findings();
    findings.missed('copy', 'the broker cannot be reached');
    const report = reportOf(findings);
    assert.match(showVerification(report), /What could be checked holds; 1 of 10 not checked/);
    assert.deepEqual([report.holds, exitCodeOf(report)], [null, 2]);
    findings.differs({ promise: 'money', message: 'differs' });
    assert.equal(exitCodeOf(reportOf(findings)), 1, 'a broken one goes before it');
  });

  test('because this system has nothing to check is named, and all else holds', () => {
    const findings = new Findings();
    findings.notChecked('appendOnly', 'there is no such role');
    const report = reportOf(findings);
    assert.match(showVerification(report), /there is no such role[^]*All that was checked holds; 1 of 10 not checked/);
    assert.deepEqual([report.holds, exitCodeOf(report)], [true, 0]);
  });
});

test('a verification as JSON keeps money exact', () => {
  const parsed: unknown = JSON.parse(verificationJson(reportOf(new Findings())));
  assert.partialDeepStrictEqual(parsed, { holds: true, money: { USD: { debited: '1990', voided: '990' } } });
});
