/** The `eventstream` command: a table of its commands, and one way to report what went wrong. */
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
import { serviceCommands } from './commands/service.ts';
import { statusCommand } from './commands/status.ts';
import { upCommand } from './commands/up.ts';
import { verifyCommand } from './commands/verify.ts';
import { endWithLauncher } from './end-with-launcher.ts';
import { readSettingsFile } from './settings-file.ts';
import { endWhenUnread } from './terminal/print.ts';
import { giveUp } from './terminal/report.ts';
import { verifyExit } from './verify/exit-code.ts';

/** What also verifies. */
const verifying: readonly Command[] = [verifyCommand(), loadCommand()];

/** Every command, as help lists them. Each is a file of its name in `commands/`. */
const commands: readonly Command[] = [
  upCommand(),
  statusCommand(),
  logsCommand(),
  placeCommand(),
  cancelCommand(),
  reviewCommand(),
  ordersCommand(),
  eventsCommand(),
  sagasCommand(),
  deadLettersCommand(),
  rebuildCommand(),
  logCommand(),
  ...verifying,
  doctorCommand(),
  ...serviceCommands(),
];

const program = new Command('eventstream')
  .description('An event-driven order platform that loses no order and charges nobody twice')
  .helpCommand(true)
  .showHelpAfterError('(run it with --help to see what there is)');
for (const command of commands) program.addCommand(withSettingsOf(program, command));
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
