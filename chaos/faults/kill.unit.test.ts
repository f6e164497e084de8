import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { placesOf } from './kill.ts';

const root = join(import.meta.dirname, '..', '..');

test('every place in the code can be died at, and every place that is died at is in the code', () => {
  const sources = globSync('{packages,services}/*/src/**/*.ts', { cwd: root }).filter(
    (file) => !file.endsWith('.test.ts') && !file.includes('testdata'),
  );
  const inCode = sources.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/\bfailpoint\('([\w.]+)'\)/g)].map(([, place]) => place),
  );
  const known = new Set<string>(Object.values(placesOf).flat());
  assert.deepEqual(new Set(inCode), known);
});
