/** The `eventstream` command: a table of its commands, and one way to report what went wrong. */
import { resolve } from 'node:path';
import { ownVersion } from '@eventstream/platform';
import { Command } from 'commander';
import { cancelCommand } from './commands/cancel.ts';
import { deadLettersCommand } from './commands/dead-letters.ts';
import { doctorCommand } from './commands/doctor.ts';
import { eventsCommand } from './commands/events.ts';
import { loadCommand } from './commands/load.ts';
import { logCommand } from './commands/log.ts';
import { logsCommand } from './commands/logs.ts';
import { ordersCommand } from './commands/orders.ts';
import { placeCommand } from './commands/place.ts';
import { rebuildCommand } from './commands/rebuild.ts';
import { reviewCommand } from './commands/review.ts';
import { sagasCommand } from './commands/sagas.ts';
import { bootstrapCommand, serviceCommands } from './commands/service.ts';
import { statusCommand } from './commands/status.ts';
import { upCommand } from './commands/up.ts';
import { verifyCommand } from './commands/verify.ts';
import { endWithLauncher } from './end-with-launcher.ts';
import { readSettingsFile } from './settings-file.ts';
import { more } from './terminal/help.ts';
import { nameCommandsWith } from './terminal/named-commands.ts';
import { endWhenUnread } from './terminal/print.ts';
import { giveUp } from './terminal/report.ts';
import { typedWrong } from './terminal/typed-wrong.ts';
import { widthOfErrors, wrapped } from './terminal/wrap.ts';
import { dataDirOptionFor } from './up/data-folder.ts';
import { verifyExit } from './verify/exit-code.ts';

/** What also verifies. */
const verifying: readonly Command[] = [verifyCommand(), loadCommand()];

/** Every command, as help lists them. Each is a file of its name in `commands/`. */
const commands: Readonly<Record<string, readonly Command[]>> = {
  'The system:': [upCommand(), statusCommand(), doctorCommand(), logsCommand()],
  'Orders:': [placeCommand(), ordersCommand(), cancelCommand(), reviewCommand(), eventsCommand(), sagasCommand()],
  'When something is wrong:': [deadLettersCommand(), rebuildCommand(), logCommand(), bootstrapCommand()],
  'Does it keep its promises:': verifying,
  'One service alone, where `up --without` left it out:': serviceCommands(),
};

const program = new Command('eventstream')
  .description('An event-driven order platform that loses no order and charges nobody twice')
  .version(ownVersion(), '-V, --version', 'show the version')
  .commandsGroup('Help:')
  .helpCommand('help [command]', 'show the help of a command')
  .addHelpText('after', more({ says: ['Every command has --help; most have --json for programs.'] }))
  .hook('preAction', (_program, command) => {
    const dataDir: unknown = command.getOptionValue('dataDir');
    if (typeof dataDir === 'string') nameCommandsWith(dataDirOptionFor(resolve(dataDir)));
  });
for (const [heading, group] of Object.entries(commands))
  for (const command of group) program.addCommand(withSettingsOf(program, command.helpGroup(heading)));
sayWhatIsTypedWrong(program, program.name());
// Typed wrong, they have checked nothing: the code that any other command ends with then says that a promise is broken.
for (const command of verifying)
  command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? exitCode : verifyExit.notChecked));

endWithLauncher();
endWhenUnread();
try {
  readSettingsFile();
  await program.parseAsync();
} catch (error) {
  giveUp(error);
}

/** The command, and the commands that it has itself. */
function withSettingsOf(parent: Command, command: Command): Command {
  command.copyInheritedSettings(parent);
  for (const own of command.commands) withSettingsOf(command, own);
  return command;
}

/** The command, and the commands that it has itself, each naming its own help. */
function sayWhatIsTypedWrong(command: Command, path: string): void {
  command.configureOutput({
    outputError: (message, write) => write(wrapped(typedWrong(message, path), widthOfErrors())),
  });
  for (const own of command.commands) sayWhatIsTypedWrong(own, `${path} ${own.name()}`);
}
