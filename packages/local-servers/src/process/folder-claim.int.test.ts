import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { firstMatch, runModule } from './children.fixture.ts';
import { claimFolder } from './folder-claim.ts';

const folder = mkdtempSync(join(tmpdir(), 'claim-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('a claimed folder is refused to a second claim, and free after release', () => {
  const claim = claimFolder(folder);
  assert.throws(() => claimFolder(folder), { code: 'folder_in_use' });
  claim.release();
  claimFolder(folder).release();
  assert.deepEqual(readdirSync(folder), []);
});

test('the claim of a process that was killed is taken over', async () => {
  const module = new URL('./folder-claim.ts', import.meta.url).href;
  const script = `const { claimFolder } = await import(${JSON.stringify(module)}); claimFolder(${JSON.stringify(folder)}); console.log('claimed'); setInterval(() => {}, 1000);`;
  const owner = runModule(script);
  await firstMatch(owner, /(claimed)/);
  assert.throws(() => claimFolder(folder), { code: 'folder_in_use' });
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  claimFolder(folder).release();
});

test('a lock file that holds nonsense does not block the folder for ever', () => {
  writeFileSync(join(folder, 'owner.lock'), '');
  claimFolder(folder).release();
});
