/** `eventstream dead-letters`: events that a consumer gave up on. See them, have them tried again, or give them up. */
import { userInfo } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { isUuid } from '@eventstream/contracts';
import { CodedError } from '@eventstream/platform';
import { type DeadLetterState, deadLetterStates } from '@eventstream/worker';
import { Command, InvalidArgumentError } from 'commander';
import { withConnections } from '../connect/open.ts';
import { type CommandRole, dataDirOption, systemAddresses } from '../connect/system-addresses.ts';
import { type DeadLetterDesks, openDesks } from '../dead-letters/desks.ts';
import { deadLetterDetails, deadLetterJson, deadLetterTable } from '../dead-letters/show-dead-letter.ts';
import { oneOf, wholeNumber } from '../terminal/arguments.ts';
import { confirm } from '../terminal/confirm.ts';
import { note, print, printJson } from '../terminal/print.ts';

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

const pageMax = 1000;

/** The command, with its own commands. */
export function deadLettersCommand(): Command {
  return new Command('dead-letters')
    .description('events that a consumer gave up on: list, show, redrive, discard')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(showCommand())
    .addCommand(redriveCommand())
    .addCommand(discardCommand())
    .addHelpText(
      'after',
      `
Later events of the same stream wait behind a dead letter, for that consumer only.

Examples:
  eventstream dead-letters
  eventstream dead-letters redrive --all --consumer paymentworker-created --why "gateway address corrected"`,
    );
}

function listCommand(): Command {
  return new Command('list')
    .description('oldest position first')
    .option('--consumer <name>', 'only those of a consumer')
    .option('--state <state>', `only those that are ${deadLetterStates.join(', ')}`, oneOf(deadLetterStates), 'open')
    .option('--limit <count>', 'at most so many', wholeNumber(1, pageMax), 50)
    .option('--json', 'for programs')
    .addOption(dataDirOption())
    .addHelpText('after', '\nExit codes: 0 listed, 1 failed.')
    .action((options: { consumer?: string; state: DeadLetterState; limit: number; json?: true; dataDir: string }) =>
      withDesks(options.dataDir, 'verifier', async (desks) => {
        const { consumer, state, limit } = options;
        const letters = await desks.list({ state, limit, ...(consumer === undefined ? {} : { consumer }) });
        if (options.json === true) printJson(letters.map(deadLetterJson));
        else print(letters.length === 0 ? 'There are no such dead letters.' : deadLetterTable(letters));
      }),
    );
}

function showCommand(): Command {
  return new Command('show')
    .description('one, with the reason and the stack')
    .argument('<id>', 'its id', idArgument)
    .option('--json', 'for programs')
    .addOption(dataDirOption())
    .addHelpText('after', '\nExit codes: 0 shown, 1 no such dead letter or failed.')
    .action((id: string, options: { json?: true; dataDir: string }) =>
      withDesks(options.dataDir, 'verifier', async (desks) => {
        const letter = await desks.get(id);
        if (options.json === true) printJson(deadLetterJson(letter));
        else print(deadLetterDetails(letter));
      }),
    );
}

function redriveCommand(): Command {
  return decisionCommand('redrive', 'have its consumer try it again, then what waits behind it')
    .argument('[id]', 'its id', idArgument)
    .option('--all', 'all open ones, in the order of the log')
    .option('--consumer <name>', 'with --all: only those of a consumer')
    .option('--rate <count>', 'with --all: at most so many a second', wholeNumber(1, 1000), 20)
    .action((id: string | undefined, options: RedriveOptions) =>
      withDesks(options.dataDir, 'operator', async (desks) => {
        if ((id === undefined) === (options.all === undefined))
          throw new CodedError('dead_letter_not_chosen', 'Give the id of one dead letter, or --all.');
        if (id !== undefined) {
          await desks.decide(id, 'redrive', options);
          print(`dead letter ${id} is tried again`);
        } else print(`${await redriveAll(desks, options)} dead letters are tried again`);
      }),
    );
}

/**
 * In the order of the log, no faster than the rate. One that was decided meanwhile is passed over, and one that fails
 * again is not tried twice: it is open again, for whoever looks next.
 */
async function redriveAll(desks: DeadLetterDesks, { consumer, rate, why, by }: RedriveOptions): Promise<number> {
  const tried = new Set<string>();
  let redriven = 0;
  for (;;) {
    const page = await desks.list({ state: 'open', limit: pageMax, ...(consumer === undefined ? {} : { consumer }) });
    const fresh = page.filter(({ id }) => !tried.has(id));
    if (fresh.length === 0) return redriven;
    for (const { id } of fresh) {
      tried.add(id);
      try {
        await desks.decide(id, 'redrive', { why, by });
        redriven += 1;
      } catch (error) {
        if (!(error instanceof CodedError) || error.code !== 'dead_letter_decided') throw error;
      }
      await wait(1000 / rate);
    }
    if (page.length === pageMax) note(`${redriven} so far`);
  }
}

function discardCommand(): Command {
  return decisionCommand('discard', 'give it up: its consumer never handles it, and what waits behind it goes on')
    .argument('<id>', 'its id', idArgument)
    .option('--yes', 'do not ask')
    .action((id: string, options: DecideOptions & { yes?: true }) =>
      withDesks(options.dataDir, 'operator', async (desks) => {
        const letter = await desks.get(id);
        await confirm(
          `${letter.consumer} will never handle ${letter.type} at position ${letter.position} of ${letter.stream}.`,
          { yes: options.yes === true },
        );
        await desks.decide(id, 'discard', options);
        print(`dead letter ${id} is discarded`);
      }),
    );
}

function decisionCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .requiredOption('--why <text>', 'the reason; kept for ever')
    .option('--by <name>', 'who decides; kept for ever', userInfo().username)
    .addOption(dataDirOption())
    .addHelpText('after', '\nExit codes: 0 decided, 1 refused or failed.');
}

function idArgument(text: string): string {
  if (isUuid(text)) return text.toLowerCase();
  throw new InvalidArgumentError('It must be the id of a dead letter, a uuid.');
}

function withDesks(dataDir: string, role: CommandRole, work: (desks: DeadLetterDesks) => Promise<void>): Promise<void> {
  return withConnections(systemAddresses(dataDir, process.env), (connections) => work(openDesks(connections, role)));
}
