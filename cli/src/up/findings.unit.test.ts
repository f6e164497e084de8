import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findingsOf } from './findings.ts';
import type { SystemStatus } from './system-status.ts';

type Process = SystemStatus['processes'][number];

const process = (name: string, state: string, rest: Partial<Process> = {}): Process => ({
  name,
  state,
  restarts: 0,
  addresses: [],
  troubles: [],
  ...rest,
});
const silent = (...checks: string[]) => ({
  troubles: checks.map((name) => ({ name, reason: 'no answer within 2000 ms' })),
});
const said = (...processes: Process[]) =>
  findingsOf(processes).map(({ process: of, says, waiting }) => [of, says, waiting.join(' ')]);

describe('what is wrong with a system', () => {
  test('is what everybody waits for, said once and first', () => {
    const findings = said(
      process('eventstoresvc', 'notReady', silent('eventstoredb', 'log ORDERS')),
      process('reviewworker', 'notReady', silent('workersdb', 'event store')),
      process('querymodelworker', 'notReady', silent('ordersdb', 'event store', 'querymodelworker dead letters')),
      process('postgres', 'notReady', { reason: 'no answer in time' }),
    );
    assert.deepEqual(findings, [['postgres', 'no answer in time', 'eventstoresvc reviewworker querymodelworker']]);
  });

  test('is an SQL server of the user’s own as well, with where it is and what helps', () => {
    const refused = 'connect ECONNREFUSED 127.0.0.1:5555';
    const nextStep = 'start it';
    const says = `127.0.0.1:5555 does not answer: ${refused}`;
    const findings = findingsOf([
      process('eventstoresvc', 'notReady', { troubles: [{ name: 'eventstoredb', reason: refused }] }),
      process('reviewworker', 'notReady', {
        troubles: [
          { name: 'workersdb', reason: refused },
          { name: 'event store', reason: 'no answer' },
          { name: 'reviewworker', reason: `reviewworker-created waits: the database does not answer: ${refused}` },
        ],
      }),
      process('SQL server', 'notReady', { troubles: [{ name: '', reason: says, nextStep }] }),
    ]);
    const waiting = ['eventstoresvc', 'reviewworker'];
    assert.deepEqual(findings, [{ process: 'SQL server', says, nextStep, waiting }]);
  });

  test('is a NATS server of the user’s own, too', () => {
    const findings = said(
      process('NATS server', 'notReady', { troubles: [{ name: '', reason: 'it does not answer' }] }),
      process('reviewworker', 'notReady', silent('nats')),
    );
    assert.deepEqual(findings, [['NATS server', 'it does not answer', 'reviewworker']]);
  });

  test('is also what a process complains of beside that', () => {
    const worker = silent('nats');
    const findings = said(
      process('nats-server', 'exited'),
      process('paymentworker', 'degraded', {
        troubles: [...worker.troubles, { name: 'paymentworker-created', reason: '4 dead letters' }],
      }),
    );
    assert.deepEqual(findings, [
      ['nats-server', 'does not answer (exited)', 'paymentworker'],
      ['paymentworker', '4 dead letters', ''],
    ]);
  });

  test('stands with whoever complains while the one it asks works: a table that is missing is no outage', () => {
    const findings = said(
      process('postgres', 'ready'),
      process('ordersvc', 'notReady', { troubles: [{ name: 'ordersdb', reason: 'there is no table orders' }] }),
    );
    assert.deepEqual(findings, [['ordersvc', 'ordersdb: there is no table orders', '']]);
  });

  test('is nothing where all is well', () => {
    assert.deepEqual(said(process('postgres', 'ready'), process('ordersvc', 'ready')), []);
  });
});
