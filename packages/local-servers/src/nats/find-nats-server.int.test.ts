import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { create } from 'tar';
import { downloadRelease } from './download-release.ts';
import { findNatsServer } from './find-nats-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'find-nats-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A program that says it is nats-server of that version; the folder it is in. */
function fakeServer(name: string, version: string): string {
  const into = join(folder, name);
  mkdirSync(into, { recursive: true });
  writeFileSync(join(into, 'nats-server'), `#!/bin/sh\necho "nats-server: v${version}"\n`, { mode: 0o755 });
  return into;
}

const emptyCache = join(folder, 'empty-cache');

describe('nats-server is found', () => {
  test('on the system before the cache, and too old a one is passed over', async () => {
    const systemFolders = [fakeServer('old', '2.1.9'), fakeServer('system', '2.9.10')];
    const found = await findNatsServer({ systemFolders, cacheDir: emptyCache, installers: [] });
    assert.deepEqual(found, { path: join(folder, 'system', 'nats-server'), version: '2.9.10', source: 'system' });
  });

  test('in the cache when the system has none', async () => {
    fakeServer('cache/2.10.10', '2.10.10');
    const found = await findNatsServer({ systemFolders: [], cacheDir: join(folder, 'cache'), installers: [] });
    assert.equal(found.source, 'cache');
  });

  test('where it was given, which is refused when it does not run', async () => {
    const given = join(fakeServer('given', '2.11.0'), 'nats-server');
    assert.equal((await findNatsServer({ given })).version, '2.11.0');
    await assert.rejects(findNatsServer({ given: join(folder, 'missing') }), { code: 'nats_server_unusable' });
  });

  test('by the first way of getting one that works', async () => {
    const path = join(fakeServer('installed', '2.9.10'), 'nats-server');
    const found = await findNatsServer({
      systemFolders: [],
      cacheDir: emptyCache,
      installers: [
        { source: 'download', install: () => Promise.reject(new Error('no network')) },
        { source: 'debian package', install: async () => path },
      ],
    });
    assert.deepEqual(found, { path, version: '2.9.10', source: 'debian package' });
  });

  test('or else the error lists what was tried and says what to do', async () => {
    const installers = [{ source: 'download' as const, install: () => Promise.reject(new Error('no network')) }];
    await assert.rejects(findNatsServer({ systemFolders: [], cacheDir: emptyCache, installers }), {
      code: 'nats_server_not_found',
      message: /download: no network/,
      nextStep: /NATS_SERVER_BIN/,
    });
  });

  test('or nothing is fetched when that is not allowed', async () => {
    const installers = [{ source: 'download' as const, install: () => assert.fail('must not be asked') }];
    const looking = findNatsServer({ systemFolders: [], cacheDir: emptyCache, installers, allowInstall: false });
    await assert.rejects(looking, { code: 'nats_server_not_found' });
  });
});

test('a release is downloaded, checked and unpacked; one that does not match its checksum is thrown away', async () => {
  const platform = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const name = `nats-server-v9.9.9-${platform}`;
  fakeServer(`archive/${name}`, '9.9.9');
  await create({ gzip: true, cwd: join(folder, 'archive'), file: join(folder, 'archive.tar.gz') }, [name]);
  const archive = readFileSync(join(folder, 'archive.tar.gz'));
  const server = createServer((request, response) => {
    response.writeHead(request.url === `/v9.9.9/${name}.tar.gz` ? 200 : 404).end(archive);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const request = {
    cacheDir: join(folder, 'downloads'),
    baseUrl: `http://127.0.0.1:${address.port}`,
    version: '9.9.9',
  };
  try {
    const wrong = { ...request, checksums: { [platform]: '0'.repeat(64) } };
    await assert.rejects(downloadRelease(wrong), { code: 'nats_release_checksum' });
    assert.equal(existsSync(join(folder, 'downloads', '9.9.9')), false);
    await assert.rejects(downloadRelease({ ...request, checksums: {} }), { code: 'nats_release_unlisted' });
    const right = { ...request, checksums: { [platform]: createHash('sha256').update(archive).digest('hex') } };
    const found = await findNatsServer({ given: await downloadRelease(right) });
    assert.equal(found.version, '9.9.9');
  } finally {
    server.close();
  }
});
