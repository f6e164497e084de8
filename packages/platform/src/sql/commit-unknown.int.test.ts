/** A connection that breaks while COMMIT is under way: the one case in which nobody knows. */
import assert from 'node:assert/strict';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { testPostgres } from '@eventstream/testing/harness';
import { createLogger } from '../telemetry/logger.ts';
import { faultOf, openSql, type Sql } from './index.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
let direct: Sql;
let throughProxy: Sql;
let proxy: Server;
let cutsLeft = 0;
/** How the answer begins that is dropped. */
let cutAt = 'COMMIT\0';

before(async () => {
  const database = await (await testPostgres()).freshDatabase();
  direct = database.open({ maxConnections: 2 });
  await direct.execute('create table facts (id int8 primary key)');
  const target = new URL(database.url);
  proxy = createServer((caller) => forward(caller, connect(Number(target.port), target.hostname)));
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const detour = new URL(database.url);
  detour.port = String(portOf(proxy.address()));
  throughProxy = openSql({ url: detour.href, applicationName: 'test', maxConnections: 2, logger });
});

after(async () => {
  await throughProxy.close();
  await new Promise((resolve) => proxy.close(resolve));
});

function portOf(address: AddressInfo | string | null): number {
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}

/** Passes bytes both ways, but drops the answer at which to cut and the connection with it, `cutsLeft` times. */
function forward(caller: Socket, server: Socket): void {
  caller.pipe(server);
  for (const socket of [caller, server])
    socket.on('error', () => {}).on('close', () => (caller.destroy(), server.destroy()));
  server.on('data', (bytes) => {
    if (cutsLeft > 0 && bytes.includes(cutAt)) {
      cutsLeft -= 1;
      caller.resetAndDestroy();
    } else caller.write(bytes);
  });
}

test('a commit whose answer is lost is reported as unknown, and may have happened', async () => {
  cutsLeft = 1;
  const writing = throughProxy.transaction((tx) => tx.execute('insert into facts values (1)'));
  await assert.rejects(writing, (error) => {
    assert.equal(faultOf(error), 'ambiguous');
    assert.ok(error instanceof Error && 'code' in error);
    assert.equal(error.code, 'sql_commit_unknown');
    return true;
  });
  assert.deepEqual(await direct.query('select id from facts'), [{ id: 1n }]);
});

test('work that is harmless when done twice is done again on request', async () => {
  cutsLeft = 2;
  let runs = 0;
  await throughProxy.transaction(
    (tx) => {
      runs += 1;
      return tx.execute('insert into facts values (2) on conflict (id) do nothing');
    },
    { onUnknownCommit: 'retry' },
  );
  assert.equal(runs, 3);
  assert.deepEqual(await direct.query('select count(*) as count from facts where id = 2'), [{ count: 1n }]);
});

test('a statement that is harmless when done twice is done again when its answer is lost', async () => {
  cutsLeft = 2;
  cutAt = 'INSERT 0 ';
  const text = 'insert into facts values (3) on conflict (id) do update set id = excluded.id returning id';
  assert.deepEqual(await throughProxy.queryIdempotent(text), [{ id: 3n }]);
  assert.equal(cutsLeft, 0);
  assert.deepEqual(await direct.query('select count(*) as count from facts where id = 3'), [{ count: 1n }]);
});
