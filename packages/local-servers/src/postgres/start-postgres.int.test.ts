import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { eventually } from '@eventstream/testing/eventually';
import { Client } from 'pg';
import { firstMatch, runModule, untilGone } from '../process/children.fixture.ts';
import { identityOf } from '../process/process-identity.ts';
import { startPostgres } from './start-postgres.ts';

const parent = mkdtempSync(join(tmpdir(), 'postgres-'));
chmodSync(parent, 0o755); // open, as a data folder usually is: root then runs PostgreSQL as nobody
const dataDir = join(parent, 'data');
after(() => rmSync(parent, { recursive: true, force: true }));

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe('a local PostgreSQL', () => {
  test('starts, keeps its data over a restart, and leaves nothing running', async () => {
    const first = await startPostgres({ dataDir });
    await query(first.url('postgres'), 'create table kept (n int)');
    await query(first.url('postgres'), 'insert into kept values (7)');
    const pid = first.pid ?? 0;
    await first.stop();
    assert.equal(identityOf(pid), undefined);
    const second = await startPostgres({ dataDir });
    assert.deepEqual(await query(second.url('postgres'), 'select n from kept'), [{ n: 7 }]);
    await second.stop();
  });

  test('that stands still is not ready, and gives no answer in time', async () => {
    const said = Promise.withResolvers<string>();
    const server = await startPostgres({
      dataDir,
      onState: (state) => {
        if (state.kind === 'notReady') said.resolve(state.reason);
      },
    });
    const pid = server.pid ?? 0;
    process.kill(pid, 'SIGSTOP');
    try {
      assert.equal(await said.promise, 'no answer in time');
    } finally {
      process.kill(pid, 'SIGCONT');
      await server.stop();
    }
  });

  test('listens on loopback only, asks for the password, checks its pages, takes settings', async () => {
    const server = await startPostgres({ dataDir, settings: { work_mem: '7MB' } });
    const rows = await query(
      server.url('postgres'),
      `select name, setting from pg_settings where name in
       ('listen_addresses', 'unix_socket_directories', 'data_checksums', 'fsync', 'work_mem', 'server_encoding') order by name`,
    );
    assert.deepEqual(Object.fromEntries(rows.map(({ name, setting }) => [name, setting])), {
      data_checksums: 'on',
      fsync: 'on',
      listen_addresses: '127.0.0.1',
      server_encoding: 'UTF8',
      unix_socket_directories: '',
      work_mem: '7168',
    });
    const wrong = server.url('postgres').replace(server.password, 'wrong');
    await assert.rejects(query(wrong, 'select 1'), { code: '28P01' });
    assert.equal(statSync(join(dataDir, 'password')).mode & 0o777, 0o600);
    await server.stop();
  });

  test('refuses a second server on the same folder', async () => {
    const server = await startPostgres({ dataDir });
    await assert.rejects(startPostgres({ dataDir }), { code: 'folder_in_use' });
    await server.stop();
  });

  test('is made although the start before was killed in the middle, and its initdb is still at work', async () => {
    const folder = join(parent, 'killed');
    const starting = runModule(`
      import { startPostgres } from ${JSON.stringify(join(import.meta.dirname, 'start-postgres.ts'))};
      await startPostgres({ dataDir: ${JSON.stringify(folder)} });`);
    const begun = () => existsSync(folder) && readdirSync(folder, { recursive: true, encoding: 'utf8' });
    await eventually(begun, (names) => names !== false && names.some((name) => name.endsWith('PG_VERSION')));
    starting.kill('SIGKILL');
    await once(starting, 'exit');
    const server = await startPostgres({ dataDir: folder });
    assert.deepEqual(await query(server.url('postgres'), 'select 7 as n'), [{ n: 7 }]);
    await server.stop();
  });

  test('is made although the disk was full when its password was to be kept', async () => {
    const folder = join(parent, 'full');
    mkdirSync(folder);
    writeFileSync(join(folder, 'password'), '');
    const server = await startPostgres({ dataDir: folder });
    assert.deepEqual(await query(server.url('postgres'), 'select 7 as n'), [{ n: 7 }]);
    await server.stop();
  });

  test('comes back with every committed row after a crash, when asked to restart', async () => {
    const server = await startPostgres({ dataDir, restart: { firstMs: 20, maxMs: 200, stableMs: 60_000 } });
    await query(server.url('postgres'), 'create table committed (n int)');
    await query(server.url('postgres'), 'insert into committed values (8)');
    const first = server.pid;
    await server.process.kill();
    await server.process.ready(30_000);
    assert.notEqual(server.pid, first);
    assert.deepEqual(await query(server.url('postgres'), 'select n from committed'), [{ n: 8 }]);
    await server.stop();
  });

  test('starts although a stale postmaster.pid names a live process that is no PostgreSQL', async () => {
    const other = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1000)'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      ...(process.geteuid?.() === 0 ? { uid: 65_534 } : {}), // PostgreSQL believes in a process of its own user only
    });
    await firstMatch(other, /(1)/);
    writeFileSync(join(dataDir, 'cluster', 'postmaster.pid'), `${other.pid}\n${join(dataDir, 'cluster')}\n0\n5432\n`);
    const server = await startPostgres({ dataDir });
    assert.equal(identityOf(other.pid ?? 0)?.pid, other.pid, 'the other process was left alone');
    await server.stop();
    other.kill('SIGKILL');
  });

  test('ends when the process that started it is killed, and starts again', {
    skip: process.platform !== 'linux',
  }, async () => {
    const module = new URL('./start-postgres.ts', import.meta.url).href;
    const script = `
      const { startPostgres } = await import(${JSON.stringify(module)});
      const server = await startPostgres({ dataDir: ${JSON.stringify(dataDir)} });
      console.log('pid ' + server.pid);`;
    const owner = runModule(script);
    const pid = Number(await firstMatch(owner, /pid (\d+)/));
    owner.kill('SIGKILL');
    await untilGone(pid);
    const server = await startPostgres({ dataDir });
    await server.stop();
  });

  test('under a folder closed to others runs all the same', async () => {
    const closed = mkdtempSync(join(tmpdir(), 'postgres-closed-'));
    const server = await startPostgres({ dataDir: join(closed, 'data') });
    assert.deepEqual(await query(server.url('postgres'), 'select 1 as one'), [{ one: 1 }]);
    await server.stop();
    rmSync(closed, { recursive: true, force: true });
  });

  test('refuses data of another major version', async () => {
    const file = join(dataDir, 'cluster', 'PG_VERSION');
    const version = readFileSync(file, 'utf8');
    writeFileSync(file, '9\n');
    await assert.rejects(startPostgres({ dataDir }), { code: 'postgres_version_mismatch' });
    writeFileSync(file, version);
  });
});
