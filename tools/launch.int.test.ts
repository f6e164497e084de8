import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

const root = join(import.meta.dirname, '..');
/** Where the options of all programs stand. */
function programFiles(): string[] {
  const commands = join(root, 'cli', 'src');
  const ofCommands = readdirSync(commands, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return [
    ...ofCommands.map((name) => join(commands, name)),
    ...['bench', 'sim', 'chaos'].map((name) => join(root, name, 'main.ts')),
  ];
}

/** The long names of options that a file declares; `--no-x` is the flag x. */
function flagsIn(text: string): string[] {
  const declared = /(?:\.option|\.requiredOption|new Option)\(\s*['"`](?:-\w, )?--(?:no-)?([a-z][a-z-]*)/g;
  return [...text.matchAll(declared)].flatMap(([, flag]) => flag ?? []);
}

const launcher = join(root, 'tools', 'launch.mjs');

function launch(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, [launcher, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...env },
  });
}

describe('the launcher', () => {
  test('runs the command line on Node 24 and ends with its exit code', () => {
    assert.match(launch(['--help']).stdout, /Usage: eventstream/);
    assert.equal(launch(['no-such-command']).status, 1);
  });

  for (const command of ['up', 'status', 'logs', 'doctor', 'bootstrap', 'ordersvc'])
    test(`says what ${command} ends with`, () => {
      assert.match(launch([command, '--help']).stdout, /^Exit codes:\n {2}0 {2}/m);
    });

  test('says where help is when something is typed wrong, also for a command of a command', () => {
    for (const args of [
      ['place', '--no-such'],
      ['review', 'approve'],
      ['dead-letters', 'show', 'no-uuid'],
    ]) {
      const { stderr, status } = launch(args);
      assert.match(stderr, /^eventstream: .*\.\nSee `npx eventstream .* --help`\.\n$/);
      assert.equal(status, 1);
    }
  });

  test('says that nothing was checked, not that a promise is broken, when verify or load is typed wrong', () => {
    for (const args of [
      ['verify', '--wait', 'x'],
      ['verify', '--no-such'],
      ['load', '--rate', '0'],
    ])
      assert.equal(launch(args).status, 2, args.join(' '));
    for (const command of ['verify', 'load']) assert.equal(launch([command, '--help']).status, 0);
  });

  test('does not take a load of which no order was acknowledged for one that went well', () => {
    const nobody = { ORDERS_URL: 'http://127.0.0.1:1' };
    const { stdout, stderr, status } = launch(['load', '--count', '2', '--no-verify'], nobody);
    assert.match(stdout, /2 orders in .*: 0 acked, 2 refused/);
    assert.match(stderr, /No order was acknowledged, so there is nothing to verify\./);
    assert.equal(status, 2);
  });

  test('says that there are no logs where there are none', () => {
    const { stdout, stderr, status } = launch(['logs', '--data-dir', join(root, 'no-such-folder')]);
    assert.match(stderr, /There are no logs in .*\n.*npm start/);
    assert.deepEqual([stdout, status], ['', 1]);
  });

  test('says which key an order was sent with when no answer came', () => {
    const { stdout, stderr, status } = launch(['place', '--json'], { ORDERS_URL: 'http://127.0.0.1:1' });
    const key = /"key":"([0-9a-f-]{36})","code":"orders_unreachable"/.exec(stdout)?.[1];
    assert.ok(key, stdout);
    assert.ok(stderr.includes(`--key "${key}"`), stderr);
    assert.equal(status, 1);
  });

  test('says how to write a flag that npm kept for itself', () => {
    const { stderr, status } = launch(['up'], { npm_lifecycle_event: 'start', npm_config_reset: 'true' });
    assert.equal(
      stderr,
      'npm kept the flag --reset for itself. Flags for eventstream follow two dashes: npm start -- --reset\n',
    );
    assert.equal(status, 1);
    const other = launch(['logs'], { npm_lifecycle_event: 'eventstream', npm_config_data_dir: 'x' });
    assert.match(other.stderr, /npm run eventstream -- --data-dir/);
    const not = launch(['load'], { npm_lifecycle_event: 'eventstream', npm_config_verify: '' });
    assert.match(not.stderr, /npm run eventstream -- --no-verify/);
  });

  test('knows every flag of every program that npm can keep for itself', () => {
    const flags = new Set(programFiles().flatMap((file) => flagsIn(readFileSync(file, 'utf8'))));
    for (const known of ['data-dir', 'warm-up', 'worlds', 'cluster', 'older-than']) assert.ok(flags.has(known), known);
    const unnoticed = [...flags].filter((flag) => {
      const name = `npm_config_${flag.replaceAll('-', '_')}`;
      return launch(['--help'], { npm_lifecycle_event: 'eventstream', [name]: 'true' }).status !== 1;
    });
    // People set these for npm itself, so it says nothing that they are there.
    assert.deepEqual(unnoticed.toSorted(), ['only', 'yes']);
  });
});
