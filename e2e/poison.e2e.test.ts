/**
 * Poison of every kind in the log of a whole system: other orders go on, everybody says what is wrong and which command
 * helps, nothing is dropped; and after the next version is deployed, the redrive ends the orders right.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Sql } from '@eventstream/platform/sql';
import { type DeadLetter, type DeadLetterOffice, deadLetterOffice } from '@eventstream/worker';
import { sqlDeadLetterDesk } from '@eventstream/worker/sql';
import { openAsAdministrator, type Poison, plantPoison } from './poison.ts';
import { TestSystem } from './system.ts';

const nextVersion = join(import.meta.dirname, 'testdata', 'next-version.mjs');
const consumers = ['paymentworker-created', 'querymodelworker'] as const;

let system: TestSystem;
let poison: readonly Poison[];
let databases: readonly Sql[];
let office: DeadLetterOffice;

const openLetters = () => office.list({ state: 'open', limit: 100 });

async function letterOfThePaymentWorker(): Promise<DeadLetter> {
  const letter = (await openLetters()).find(({ consumer }) => consumer === 'paymentworker-created');
  assert.ok(letter);
  return letter;
}

async function startSystem(...dataDir: string[]): Promise<void> {
  const [folder] = dataDir;
  system = await TestSystem.start({}, folder === undefined ? {} : { dataDir: folder });
  const { adminSqlUrl } = system.running;
  databases = ['workersdb', 'ordersdb'].map((name) => openAsAdministrator(adminSqlUrl, name));
  office = deadLetterOffice(databases.map(sqlDeadLetterDesk));
}

async function closeDatabases(): Promise<void> {
  for (const database of databases) await database.close();
}

before(async () => {
  await startSystem();
  poison = await plantPoison(system.running.adminSqlUrl);
});
after(closeDatabases);

describe('poison in the log', () => {
  test('parks its own orders for every consumer that cannot read it, and no other order', async () => {
    const id = await system.place();
    await system.reaches(id, 'Approved');
    await system.eventually(
      'each poison is a dead letter of the payment worker and of the read model',
      async () => (await openLetters()).length === 2 * poison.length,
    );
    for (const consumer of consumers) {
      const letters = (await openLetters()).filter((letter) => letter.consumer === consumer);
      for (const { what, orderId, says } of poison) {
        const letter = letters.find(({ stream }) => stream === `order-${orderId}`);
        assert.match(letter?.reason ?? '', says, `${what} as ${consumer} has it`);
        assert.ok((letter?.reason.length ?? 0) <= 2_000);
      }
    }
  });

  test('is never silent: readiness, metrics, logs, status and doctor say it, with the command that helps', async () => {
    for (const [at, name] of ['paymentworker', 'querymodelworker'].entries()) {
      const counted = new RegExp(`dead_letters_open(\\{[^}]*\\})? ${poison.length}\\n`);
      await system.eventually(`the metrics of ${name} count them`, async () =>
        counted.test(await (await system.health(name, '/metrics')).text()),
      );
      const readyz = await system.health(name, '/readyz');
      assert.equal(readyz.status, 200, 'degraded, and still at work');
      const body = await readyz.text();
      assert.match(body, /"status":"degraded"/);
      assert.ok(body.includes(`eventstream dead-letters list --consumer ${consumers[at]}`), body);
      await system.eventually(`the log of ${name} says it`, async () => {
        const { stdout } = await system.command('logs', name);
        return stdout.includes(`eventstream dead-letters list --consumer ${consumers[at]}`);
      });
    }
    for (const screen of await Promise.all([system.command('status'), system.command('doctor')])) {
      assert.equal(screen.code, 1);
      for (const consumer of consumers)
        assert.ok(screen.stdout.includes(`dead-letters list --consumer ${consumer}`), screen.stdout);
    }
  });

  test('makes its order unreadable for clients, as far as nothing of it can be read', async () => {
    for (const { what, orderId, isReadable } of poison) {
      const answer = await system.call('GET', `/api/orders/${orderId}`);
      assert.equal(answer.status, isReadable ? 200 : 503, what);
      if (!isReadable) assert.match(JSON.stringify(answer.body), /order-unreadable/);
    }
  });

  test('stays where it is when it is redriven too early, and a dry run says so beforehand', async () => {
    const letter = await letterOfThePaymentWorker();
    const dryRun = await system.command('dead-letters', 'dry-run', letter.id);
    assert.equal(dryRun.code, 1);
    assert.ok(dryRun.stdout.startsWith(`it would be a dead letter again: ${letter.reason}`), dryRun.stdout);
    await office.decide(letter.id, 'redrive', { by: 'ada', why: 'too early' });
    await system.eventually('it is open again', async () => {
      const now = (await office.show(letter.id)).letter;
      return now.state === 'open' && now.attempts > letter.attempts;
    });
  });
});

describe('after the next version is deployed', () => {
  before(async () => {
    await closeDatabases();
    await system.stop();
    process.env['NODE_OPTIONS'] = `--import ${nextVersion}`;
    await startSystem(system.dataDir);
  });

  test('a dry run tells what a redrive would do, and takes no money', async () => {
    const letters = await openLetters();
    assert.equal(letters.length, 2 * poison.length);
    const answers = await Promise.all(letters.map(({ id }) => office.dryRun(id, 'ada', wait)));
    for (const [at, { outcome, says, effects }] of answers.entries()) {
      assert.equal(outcome, 'done', says);
      const effect = letters[at]?.consumer === 'querymodelworker' ? /writes the row/ : /debits 400\.00 USD|debit of/;
      assert.match(effects.join('\n'), effect);
    }
    for (const { orderId, isReadable } of poison)
      assert.equal((await system.payment(orderId))?.status, isReadable ? 'debited' : undefined);
  });

  test('the redrive ends every order right, and it is kept who wanted it and why', async () => {
    const early = await letterOfThePaymentWorker();
    const all = ['--all', '--rate', '100', '--why', 'deployed', '--by', 'grace'];
    const redrive = await system.command('dead-letters', 'redrive', ...all);
    assert.equal(redrive.stdout, `${2 * poison.length} dead letters are tried again\n`, redrive.stderr);
    for (const { orderId } of poison) await system.reaches(orderId, 'Approved');
    await system.eventually('no letter is open', async () => (await openLetters()).length === 0);
    for (const { orderId } of poison) assert.equal((await system.payment(orderId))?.status, 'debited');
    const shown = await system.command('dead-letters', 'show', early.id);
    assert.match(shown.stdout, /redrive by ada at \S+: too early\n.*redrive by grace at \S+: deployed\n/);
    await system.verify();
  });
});
