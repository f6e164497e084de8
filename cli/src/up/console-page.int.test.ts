import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { buildConsolePage } from './console-page.ts';
import { createDataFolder, dataFolder } from './data-folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'eventstream-page-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A build that counts its runs, and puts what the source says into the page. */
const good = `
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
const out = process.argv[process.argv.indexOf('--out') + 1];
mkdirSync(out, { recursive: true });
appendFileSync('runs', 'x');
writeFileSync(out + '/index.html', readFileSync('web/page.txt'));
`;

function repository(name: string, build: string) {
  const root = join(folder, name);
  const home = join(root, 'services', 'console');
  mkdirSync(join(home, 'web'), { recursive: true });
  const write = (file: string, text: string) => writeFileSync(join(home, file), text);
  write('web/build.ts', build);
  write('web/page.txt', 'first');
  const data = dataFolder(join(root, 'data'));
  createDataFolder(data);
  const told: string[] = [];
  return {
    write,
    told,
    build: () => buildConsolePage({ folder: data, root, tell: (line) => told.push(line) }),
    page: () => readFileSync(join(home, 'web', 'dist', 'index.html'), 'utf8'),
    hasPage: () => existsSync(join(home, 'web', 'dist')),
    runs: () => readFileSync(join(home, 'runs'), 'utf8').length,
  };
}

describe('the console’s page', () => {
  test('is built when there is none, not again while its sources are the same, and again when they change', async () => {
    const { build, page, runs, write } = repository('changing', good);
    await build();
    await build();
    assert.deepEqual([page(), runs()], ['first', 1]);
    write('web/page.txt', 'second');
    await build();
    assert.deepEqual([page(), runs()], ['second', 2]);
  });

  test('that cannot be built is told, stops nothing, and leaves the one there was', async () => {
    const { build, page, write, told } = repository('failing', good);
    await build();
    write('web/build.ts', 'process.exit(1);');
    await build();
    assert.equal(page(), 'first');
    assert.match(told.at(-1) ?? '', /could not be built; everything else runs/);
  });

  test('whose program is missing is told as well', async () => {
    const { build, told, hasPage } = repository('missing', good);
    rmSync(join(folder, 'missing', 'services', 'console', 'web', 'build.ts'));
    await build();
    assert.match(told.join(), /has no page/);
    assert.equal(hasPage(), false);
  });
});
