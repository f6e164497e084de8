/**
 * A database that was restored to an older state under a running system: whoever would skip or repeat what moves money
 * halts and names the commands that lead out.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Sql } from '@eventstream/platform/sql';
import { openAsAdministrator } from './poison.ts';
import { someCustomer, TestSystem } from './system.ts';

let system: TestSystem;
let eventstoredb: Sql;
let workersdb: Sql;

const readers = ['paymentworker', 'reviewworker', 'sagacoordinator', 'querymodelworker'] as const;

before(async () => {
  system = await TestSystem.start();
  eventstoredb = openAsAdministrator(system.running.adminSqlUrl, 'eventstoredb');
  workersdb = openAsAdministrator(system.running.adminSqlUrl, 'workersdb');
});
after(async () => {
  for (const database of [eventstoredb, workersdb]) await database.close();
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

/** Everybody who follows the log has come to where it is. */
async function everybodyIsAtTheHead(): Promise<void> {
  const head = await headPosition();
  await system.eventually(`every mark is at ${head}`, async () => {
    const marks = await workersdb.query<{ position: bigint }>(
      'select position from worker_marks union all select position from saga_checkpoints',
    );
    return marks.length === 4 && marks.every(({ position }) => Number(position) === head);
  });
}

async function everybodyHalts(): Promise<void> {
  await system.eventually('the relay and every reader have halted', async () => {
    const { stdout } = await system.command('status');
    return [...readers, 'eventstoresvc'].every((name) => new RegExp(`${name}: .*(halted|up to)`).test(stdout));
  });
  const doctor = await system.command('doctor');
  assert.equal(doctor.code, 1);
  for (const way of ['eventstream log import', 'eventstream log new-incarnation'])
    assert.ok(doctor.stdout.includes(way), doctor.stdout);
  const refused = await system.post().catch(() => undefined);
  assert.notEqual(refused?.status, 201, 'nothing is written in the place of what was lost');
}

async function startAgain(): Promise<void> {
  await Promise.all([...readers, 'eventstoresvc'].map((name) => system.killAndAwait(name)));
  await system.reaches(await system.place(), 'Approved');
  await system.verify();
}

test('a store that lost its tail gets it back from the broker: eventstream log import', async () => {
  await system.reaches(await system.place(), 'Approved');
  const older = await headPosition();
  const lost = [await system.place(), await system.place({ customer: someCustomer('test-decline') })];
  await system.reaches(lost[0] ?? '', 'Approved');
  await system.reaches(lost[1] ?? '', 'Cancelled');
  await everybodyIsAtTheHead();
  const newer = await headPosition();
  await restoreTo(older);
  await everybodyHalts();
  const { code, stdout, stderr } = await system.command('log', 'import', '--yes');
  assert.equal(code, 0, stderr);
  assert.match(stdout, new RegExp(`${newer - older} events were imported`));
  await startAgain();
  assert.deepEqual(
    [(await system.order(lost[0] ?? '')).status, (await system.order(lost[1] ?? '')).status],
    ['Approved', 'Cancelled'],
  );
});
