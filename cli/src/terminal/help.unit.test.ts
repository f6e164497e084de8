import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { more } from './help.ts';

test('below the options stand what to know, examples that are never broken, and each exit code', () => {
  let shown = '';
  const command = new Command('wait')
    .configureOutput({ writeOut: (text) => (shown += text), getOutHelpWidth: () => 30 })
    .addHelpText(
      'after',
      more({
        says: ['It waits until nothing moves any more.'],
        examples: ['npx eventstream verify --wait 30s'],
        exitCodes: { 0: 'nothing moves', 2: 'something still moves after that time' },
      }),
    );
  command.outputHelp();
  assert.equal(
    shown.slice(shown.indexOf('It waits')),
    [
      'It waits until nothing moves',
      'any more.',
      '',
      'Example:',
      '  npx eventstream verify --wait 30s',
      '',
      'Exit codes:',
      '  0  nothing moves',
      '  2  something still moves',
      '     after that time',
      '',
    ].join('\n'),
  );
});
