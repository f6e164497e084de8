/** `eventstream dead-letters`: events that a consumer gave up on. See them, have them tried again, or give them up. */
import { userInfo } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { isUuid } from '@eventstream/contracts';
import { CodedError } from '@eventstream/platform';
import {
  type DeadLetterOffice,
  type DeadLetterState,
  deadLetterOffice,
  deadLetterStates,
  lettersListedMax,
} from '@eventstream/worker';
import { sqlDeadLetterDesk } from '@eventstream/worker/sql';
import { Command, InvalidArgumentError } from 'commander';
import { withConnections } from '../connect/open.ts';
import { type CommandRole, dataDirOption, systemAddresses } from '../connect/system-addresses.ts';
import {
  deadLetterDetails,
  deadLetterFileJson,
  deadLetterJson,
  deadLetterTable,
  dryRunText,
} from '../dead-letters/show-dead-letter.ts';
import { oneOf, wholeNumber } from '../terminal/arguments.ts';
import { confirm } from '../terminal/confirm.ts';
import { more } from '../terminal/help.ts';
import { note, print, printJson } from '../terminal/print.ts';
import { widthOfResult } from '../terminal/wrap.ts';

interface DecideOptions {
  readonly why: string;
  readonly by: string;
  readonly dataDir: string;
}

interface RedriveOptions extends DecideOptions {
  readonly all?: true;
  readonly consumer?: string;
  readonly rate: number;
}

/** The command, with its own commands. */
export function deadLettersCommand(): Command {
  return new Command('dead-letters')
    .description('events that a consumer gave up on: list, show, dry-run, redrive, discard')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(showCommand())
    .addCommand(dryRunCommand())
    .addCommand(redriveCommand())
    .addCommand(discardCommand())
    .addHelpText(
      'after',
      more({
        says: ['Later events of the same stream wait behind a dead letter, for that consumer only.'],
        examples: [
          'npx eventstream dead-letters',
          'npx eventstream dead-letters redrive --all --consumer paymentworker-created --why "gateway address corrected"',
        ],
      }),
    );
}

function listCommand(): Command {
  return new Command('list')
    .description('list dead letters, oldest position first')
    .option('--consumer <name>', 'only those of this consumer')
    .option('--state <state>', `only those that are ${deadLetterStates.join(', ')}`, oneOf(deadLetterStates), 'open')
    .option('--limit <count>', 'show at most this many', wholeNumber(1, lettersListedMax), 50)
    .option('--json', 'print JSON, for programs')
    .addOption(dataDirOption())
    .addHelpText('after', more({ exitCodes: { 0: 'listed', 1: 'failed' } }))
    .action((options: { consumer?: string; state: DeadLetterState; limit: number; json?: true; dataDir: string }) =>
      withOffice(options.dataDir, 'verifier', async (office) => {
        const { consumer, state, limit } = options;
        const letters = await office.list({ state, limit, consumer });
        if (options.json === true) printJson(letters.map(deadLetterJson));
        else if (letters.length === 0) note('No dead letters found.');
        else print(deadLetterTable(letters, widthOfResult()));
      }),
    );
}

function showCommand(): Command {
  return new Command('show')
    .description('show one: its reason and stack, what waits behind it, and decisions about it')
    .argument('<id>', 'its id', idArgument)
    .option('--json', 'print JSON, for programs')
    .addOption(dataDirOption())
    .addHelpText('after', more({ exitCodes: { 0: 'shown', 1: 'no such dead letter, or failed' } }))
    .action((id: string, options: { json?: true; dataDir: string }) =>
      withOffice(options.dataDir, 'verifier', async (office) => {
        const file = await office.show(id);
        if (options.json === true) printJson(deadLetterFileJson(file));
        else print(deadLetterDetails(file));
      }),
    );
}

function dryRunCommand(): Command {
  return new Command('dry-run')
    .description('show what its consumer would answer and do now, without doing it')
    .argument('<id>', 'its id', idArgument)
    .option('--by <name>', 'who asks', userInfo().username)
    .option('--json', 'print JSON, for programs')
    .addOption(dataDirOption())
    .addHelpText(
      'after',
      more({
        says: [
          'The consumer itself runs its handler, with the program and the settings of this moment. It may ask the store and the ' +
            'payment gateway. It appends, debits, voids and writes nothing; it tells what it would do. A handler that ends its ' +
            'process ends it here as well; the supervisor starts it again.',
        ],
        exitCodes: { 0: 'a redrive would succeed', 1: 'it would not, or nobody answered' },
      }),
    )
    .action((id: string, options: { by: string; json?: true; dataDir: string }) =>
      withOffice(options.dataDir, 'operator', async (office) => {
        const answer = await office.dryRun(id, options.by, wait);
        if (options.json === true) printJson(answer);
        else print(dryRunText(answer));
        if (answer.outcome !== 'done') process.exitCode = 1;
      }),
    );
}

function redriveCommand(): Command {
  return decisionCommand('redrive', 'let its consumer try it again, then what waits behind it')
    .argument('[id]', 'its id', idArgument)
    .option('--all', 'all open ones, in log order')
    .option('--consumer <name>', 'with --all: only those of this consumer')
    .option('--rate <count>', 'with --all: at most this many per second', wholeNumber(1, 1000), 20)
    .action((id: string | undefined, options: RedriveOptions) =>
      withOffice(options.dataDir, 'operator', async (office) => {
        if ((id === undefined) === (options.all === undefined))
          throw new CodedError('dead_letter_not_chosen', 'Give the id of one dead letter, or --all.');
        if (id !== undefined) {
          await office.decide(id, 'redrive', options);
          print(`dead letter ${id} is tried again`);
        } else await redriveAll(office, options);
      }),
    );
}

async function redriveAll(office: DeadLetterOffice, options: RedriveOptions): Promise<void> {
  const { consumer, rate, why, by } = options;
  const { redriven, passedOver } = await office.redriveAll({
    consumer,
    ratePerSecond: rate,
    decision: { why, by },
    wait,
    onRedriven: (sum) => {
      if (sum.redriven % 1000 === 0) note(`${sum.redriven} so far`);
    },
  });
  const others = passedOver === 0 ? '' : `; ${passedOver} were decided by somebody else meanwhile`;
  const tried = redriven === 1 ? '1 dead letter is' : `${redriven} dead letters are`;
  print(redriven === 0 && passedOver === 0 ? 'No dead letter is open.' : `${tried} tried again${others}`);
}

function discardCommand(): Command {
  return decisionCommand('discard', 'give it up: its consumer skips it, and what waits behind it goes on')
    .argument('<id>', 'its id', idArgument)
    .option('--yes', 'do not ask')
    .action((id: string, options: DecideOptions & { yes?: true }) =>
      withOffice(options.dataDir, 'operator', async (office) => {
        const { letter } = await office.show(id);
        await confirm(
          `${letter.consumer} will never handle ${letter.type} at position ${letter.position} of ${letter.stream}.`,
          { yes: options.yes === true },
        );
        await office.decide(id, 'discard', options);
        print(`dead letter ${id} is discarded`);
      }),
    );
}

function decisionCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .requiredOption('--why <text>', 'the reason; kept forever')
    .option('--by <name>', 'who decides; kept forever', userInfo().username)
    .addOption(dataDirOption())
    .addHelpText('after', more({ exitCodes: { 0: 'decided', 1: 'refused, or failed' } }));
}

function idArgument(text: string): string {
  if (isUuid(text)) return text.toLowerCase();
  throw new InvalidArgumentError('It must be the id of a dead letter, a uuid.');
}

function withOffice(
  dataDir: string,
  role: CommandRole,
  work: (office: DeadLetterOffice) => Promise<void>,
): Promise<void> {
  return withConnections(systemAddresses(dataDir, process.env), ({ sql }) =>
    work(deadLetterOffice([sqlDeadLetterDesk(sql('workersdb', role)), sqlDeadLetterDesk(sql('ordersdb', role))])),
  );
}
