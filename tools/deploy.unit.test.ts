import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';

const textOf = (...path: string[]): string => readFileSync(join(import.meta.dirname, '..', ...path), 'utf8');
const compose = textOf('deploy', 'compose.yaml');
const folder = mkdtempSync(join(tmpdir(), 'deploy-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** How the bootstrapper's container ends when the bootstrapper ends with `code`. */
function endOfContainer(code: number): number | null {
  const lines = /\n {2}bootstrapper:\n[^]*?entrypoint: (.+)\n {4}command: (.+)\n/.exec(compose);
  // Compose makes one dollar of two.
  const words: unknown[] = [lines?.[1], lines?.[2]].flatMap((list) => JSON.parse((list ?? '').replaceAll('$$', '$')));
  const program = join(folder, 'node');
  writeFileSync(program, `#!/bin/sh\nexit ${code}\n`);
  chmodSync(program, 0o755);
  const [command = '', ...args] = words.map(String);
  return spawnSync(command, args, { env: { PATH: `${folder}${delimiter}${process.env['PATH']}` } }).status;
}

test('in containers a stream that differs from its settings stops no service, and all else that goes wrong does', () => {
  assert.deepEqual([0, 3].map(endOfContainer), [0, 0]);
  for (const code of [1, 2]) assert.notEqual(endOfContainer(code), 0);
});

test('an alert asks for metrics that there are, and every metric that is to be watched has one', () => {
  const metric = /\b(?:relay|worker|follower|read_model|saga|admission|circuit|gateway)_[a-z_]+/g;
  const asked = [...textOf('deploy', 'alerts.yaml').matchAll(/^ +expr: (.*)$/gm)].flatMap(
    ([, expr = '']) => expr.match(metric) ?? [],
  );
  const described = new Set(
    [...textOf('docs', 'metrics.md').matchAll(/^\| `([a-z_]+)`/gm)].map(([, name = '']) => name),
  );
  const [, table = ''] = /\| alert when [^\n]*\n([^]*?)\n\n/.exec(textOf('docs', 'operations.md')) ?? [];
  const watched = [...table.matchAll(/^\| (.*?) \|/gm)].flatMap(([, when = '']) => when.match(metric) ?? []);
  assert.ok(watched.length > 10);
  assert.deepEqual(
    asked.filter((name) => !described.has(name.replace(/_count$/, ''))),
    [],
  );
  assert.deepEqual(new Set(asked), new Set(watched));
});
