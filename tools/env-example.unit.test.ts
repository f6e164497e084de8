import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { envExample, envExampleFile, readingsByName } from './env-example.ts';

const root = join(import.meta.dirname, '..');

/** Read from the environment, and nobody's to set: the system's own, or handed from one of our processes to another. */
const notForUsers = new Set([
  'PATH',
  'XDG_CACHE_HOME',
  'NO_COLOR',
  'EVENTSTREAM_LAUNCHER_PID',
  'EVENTSTREAM_SUPERVISED',
]);

describe('.env.example', () => {
  test('is what the schemas say; `npm run env:example` writes it', () => {
    assert.equal(readFileSync(envExampleFile, 'utf8'), envExample());
  });

  test('describes every setting', () => {
    for (const [name, readings] of readingsByName())
      for (const { description, reader } of readings) assert.notEqual(description, '', `${name} in ${reader}`);
  });

  test('shows one default: whoever reads a setting has the same', () => {
    const differing = [...readingsByName()].filter(
      ([, readings]) => new Set(readings.map((setting) => `${setting.default} ${setting.allowed}`)).size > 1,
    );
    assert.deepEqual(
      differing.map(
        ([name, readings]) => `${name}: ${readings.map((one) => `${one.reader} ${one.default}`).join(', ')}`,
      ),
      [],
    );
  });

  test('has every variable that the code reads by its name', () => {
    const files = globSync('{packages,services,cli}/**/src/**/*.ts', { cwd: root }).filter(
      (file) => !/node_modules|\.test\.ts$|\.fixture\.ts$|testdata/.test(file),
    );
    const read = files.flatMap((file) => [
      ...readFileSync(join(root, file), 'utf8').matchAll(/\benv(?:\['([A-Z]\w+)'\]|\.([A-Z]\w+))/g),
    ]);
    const names = new Set(read.map(([, quoted, dotted]) => quoted ?? dotted ?? ''));
    assert.ok(names.size > 3, 'the code is looked at');
    const shown = envExample();
    assert.deepEqual(
      [...names].filter((name) => !notForUsers.has(name) && !shown.includes(`\n# ${name}=`)),
      [],
    );
  });
});
