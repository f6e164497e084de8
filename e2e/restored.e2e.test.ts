/**
 * A database that went back under a running system, restored to an older state or reset alone: whoever would skip or
 * repeat what moves money halts and names the commands that lead out, and each of them does.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Sql } from '@eventstream/platform/sql';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { openAsAdministrator } from './poison.ts';
import { someCustomer, TestSystem } from './system.ts';

let system: TestSystem;
let server: Sql;
let eventstoredb: Sql;
let gatewaydb: Sql;

const readers = ['paymentworker', 'reviewworker', 'sagacoordinator', 'querymodelworker'] as const;
const halting = ['eventstoresvc', ...readers] as const;
const waysOut = ['eventstream log import', 'eventstream log new-incarnation'];

before(async () => {
  system = await TestSystem.start({ GATEWAY_TIMEOUT: '500ms', PAYMENT_RETRY: '10m', PAYMENT_WITHIN: '30m' });
  const { adminSqlUrl } = system.running;
  server = openAsAdministrator(adminSqlUrl, 'postgres');
  eventstoredb = openAsAdministrator(adminSqlUrl, 'eventstoredb');
  gatewaydb = openAsAdministrator(adminSqlUrl, 'gatewaydb');
});
after(async () => {
  for (const database of [server, eventstoredb, gatewaydb]) await database.close();
});

async function headPosition(): Promise<number> {
  const [head] = await eventstoredb.query<{ position: bigint }>('select position from log_heads');
  return Number(head?.position ?? 0n);
}

/** As a backup would that was made when the log ended here. */
async function restoreTo(position: number): Promise<void> {
  await eventstoredb.transaction(async (tx) => {
    await tx.execute('delete from events where position > $1', [position]);
    await tx.execute('update log_heads set position = $1', [position]);
  });
}

async function ask(name: string, path: '/readyz' | '/metrics'): Promise<string> {
  return (await system.health(name, path)).text();
}

/** Each says in its readiness which commands lead out. */
async function halts(names: readonly string[]): Promise<void> {
  for (const name of names)
    await system.eventually(`${name} has halted`, async () => {
      const says = await ask(name, '/readyz');
      return waysOut.every((way) => says.includes(way));
    });
  const refused = await system.post().catch(() => undefined);
  assert.notEqual(refused?.status, 201, 'nothing is written in the place of what was lost');
}

/** The same is said by the log, the metrics and doctor. */
async function everybodySaysSo(): Promise<void> {
  const logs = await Promise.all(halting.map((name) => system.command('logs', name, '--lines', '1000')));
  for (const { stdout } of logs) for (const way of waysOut) assert.ok(stdout.includes(way), `the log names ${way}`);
  for (const name of halting) assert.match(await ask(name, '/metrics'), /^\w+_halted\{.*\} 1$/m, name);
  const doctor = await system.command('doctor');
  assert.equal(doctor.code, 1);
  for (const name of halting) assert.match(doctor.stdout, new RegExp(`NOT OK +${name} .*eventstream log import`));
}

const startAgain = () => Promise.all(halting.map((name) => system.killAndAwait(name)));

/** One order of each end. */
async function placeBoth(): Promise<{ readonly approved: string; readonly cancelled: string }> {
  const approved = await system.place();
  const cancelled = await system.place({ code: 'test-reject' });
  await system.reaches(approved, 'Approved');
  await system.reaches(cancelled, 'Cancelled');
  return { approved, cancelled };
}

/** A database lost with everything in it, and made anew, empty, by the command that makes it. */
async function reset(database: string): Promise<void> {
  await server.execute(`drop database ${database} with (force)`);
  const { code, stderr } = await system.command('bootstrap');
  assert.equal(code, 0, stderr);
}

/** What verification names: of each broken promise how many differences there are, and the order of the first. */
async function brokenPromises(): Promise<
  ReadonlyMap<string, { readonly differences: number; readonly order: string }>
> {
  const { code, stdout } = await system.command('verify', '--json');
  assert.equal(code, 1, stdout);
  const { promises } = Value.Parse(verification, JSON.parse(stdout));
  const broken = promises.filter(({ differences }) => differences > 0);
  return new Map(
    broken.map(({ promise, differences, first }) => [promise, { differences, order: first?.orderId ?? '' }]),
  );
}

const verification = Type.Object({
  promises: Type.Array(
    Type.Object({
      promise: Type.String(),
      differences: Type.Integer(),
      first: Type.Optional(Type.Object({ orderId: Type.Optional(Type.String()) })),
    }),
  ),
});

describe('a database that was reset alone', () => {
  test('workersdb: every event is looked at again, work that had waited is done, and nothing is done twice', async () => {
    const earlier = await placeBoth();
    const waiting = await system.place({ customer: someCustomer('test-error-then-success') });
    await system.eventually('it waits for another attempt', async () =>
      /^worker_waiting\{consumer="paymentworker-created"\} 1$/m.test(await ask('paymentworker', '/metrics')),
    );
    await reset('workersdb');
    await system.reaches(waiting, 'Approved');
    await placeBoth();
    assert.equal((await system.payment(earlier.approved))?.status, 'debited');
    await system.verify();
  });

  test('ordersdb: the read model is folded from the log again', async () => {
    const earlier = await placeBoth();
    await reset('ordersdb');
    await placeBoth();
    await system.reaches(earlier.approved, 'Approved');
    await system.verify();
  });
});

describe('a store that was restored from an older copy', () => {
  test('gets its tail back from the broker: eventstream log import', async () => {
    await placeBoth();
    const older = await headPosition();
    const lost = await placeBoth();
    const newer = await headPosition();
    await restoreTo(older);
    await halts(halting);
    await everybodySaysSo();
    await system.kill('eventstoresvc');
    await halts(['eventstoresvc']);
    assert.equal(await headPosition(), older, 'nothing is written by one that was started again either');
    const { code, stdout, stderr } = await system.command('log', 'import', '--yes');
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`${newer - older} events were imported`));
    await startAgain();
    assert.equal((await system.order(lost.approved)).status, 'Approved');
    assert.equal((await system.order(lost.cancelled)).status, 'Cancelled');
    await placeBoth();
    await system.verify();
  });
});

describe('what is lost for good', () => {
  test('by a provider whose books are older than the log is named by verify, until they are set right', async () => {
    const { approved } = await placeBoth();
    for (const books of ['ledger_entries', 'payments']) {
      await gatewaydb.execute(`create table newer_${books} (like ${books})`);
      await gatewaydb.execute(`insert into newer_${books} select * from ${books} where payment_key = $1`, [approved]);
      await gatewaydb.execute(`delete from ${books} where payment_key = $1`, [approved]);
    }
    assert.deepEqual(await brokenPromises(), new Map([['money', { differences: 1, order: approved }]]));
    for (const books of ['ledger_entries', 'payments'])
      await gatewaydb.execute(`insert into ${books} select * from newer_${books}`);
    await system.verify();
  });

  test('by a store that goes on where its older copy ends, in a new life, is named by verify; all else goes on', async () => {
    const kept = await system.place({ price: '600.00' });
    await system.reaches(kept, 'InReview');
    const older = await headPosition();
    const lost = await placeBoth();
    await restoreTo(older);
    // The others look less often; whoever gives the command may be faster than they are.
    await halts(['eventstoresvc', 'sagacoordinator', 'querymodelworker']);
    const { code, stdout, stderr } = await system.command('log', 'new-incarnation', '--yes');
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`is at ${older} in its new life`));
    await startAgain();
    const { code: decided } = await system.command('review', 'approve', kept, '--reason', 'known customer');
    assert.equal(decided, 0);
    await system.reaches(kept, 'Approved');
    await placeBoth();
    const broken = await brokenPromises();
    assert.deepEqual([...broken.keys()], ['acked', 'money']);
    assert.equal(broken.get('acked')?.differences, 2, 'the orders that are not in the log any more');
    assert.ok(Object.values(lost).includes(broken.get('acked')?.order ?? ''));
    const money = { differences: 1, order: lost.approved };
    assert.deepEqual(broken.get('money'), money, 'of these the one whose money was not given back');
  });
});
