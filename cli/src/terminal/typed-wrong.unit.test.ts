import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Command, Option } from 'commander';
import { orderIdArgument, wholeNumber } from './arguments.ts';
import { typedWrong } from './typed-wrong.ts';

/** A small program that says what it is told. */
function said(...typed: string[]): string {
  let text = '';
  const command = new Command('orders')
    .argument('<order>', 'its id', orderIdArgument)
    .option('-n, --limit <count>', 'how many', wholeNumber(1, 5))
    .addOption(new Option('--all').conflicts('limit'))
    .requiredOption('--why <text>', 'the reason');
  const all = new Command('all');
  const program = new Command('eventstream').addCommand(command).addCommand(all);
  for (const one of [program, command, all])
    one
      .exitOverride()
      .configureOutput({ outputError: (message) => (text += typedWrong(message, 'eventstream orders')) });
  assert.throws(() => program.parse(typed, { from: 'user' }));
  return text.replace(/\nSee `npx eventstream( orders)? --help`\.\n/, '');
}

const id = '0198c0de-0000-7000-8000-000000000001';

test('help is that of the group where a command of a command may have been meant', () =>
  assert.match(
    typedWrong(
      "error: too many arguments for 'list'. Expected 0 arguments but got 2: shw, x.",
      'eventstream sagas list',
    ),
    /There is nothing called "shw" here\.\nSee `npx eventstream sagas --help`\./,
  ));

describe('a command that was typed wrong says', () => {
  for (const [typed, says] of [
    [['ordres'], 'There is no command "ordres". Did you mean orders?'],
    [['zzzzzz'], 'There is no command "zzzzzz".'],
    [['orders', id, '--why', 'so', '--lmit'], 'There is no option "--lmit". Did you mean --limit?'],
    [['orders', id, '--limit', '9'], '--limit cannot be "9". It must be a whole number from 1 to 5.'],
    [['orders', id, '--limit'], '-n, --limit <count> needs its value.'],
    [['orders', 'x', '--why', 'so'], '<order> cannot be "x". It must be the id of an order, a uuid.'],
    [['orders', '--why', 'so'], '<order> is missing.'],
    [['orders', id], '--why <text> is missing.'],
    [['orders', id, 'more', '--why', 'so'], `It takes 1 argument, not 2: ${id}, more.`],
    [['all', 'of', 'them'], 'There is nothing called "of" here.'],
    [['orders', id, '--why', 'so', '--all', '-n', '1'], '--all and -n, --limit <count> do not go together.'],
  ] as const)
    test(typed.join(' '), () => assert.equal(said(...typed), `eventstream: ${says}`));
});
