/** The `eventstream` command: a table of its commands, and one way to report what went wrong. */
import { CodedError, messageOf } from '@eventstream/platform';
import { Command } from 'commander';
import { doctorCommand } from './commands/doctor.ts';
import { logsCommand } from './commands/logs.ts';
import { statusCommand } from './commands/status.ts';
import { upCommand } from './commands/up.ts';
import { endWithLauncher } from './end-with-launcher.ts';

/** Every command, as help lists them. Each is a file of its name in `commands/`. */
const commands: readonly Command[] = [upCommand(), statusCommand(), logsCommand(), doctorCommand()];

const program = new Command('eventstream')
  .description('An event-driven order platform that loses no order and charges nobody twice')
  .helpCommand(true)
  .showHelpAfterError('(--help shows what there is)');
for (const command of commands) program.addCommand(command);

endWithLauncher();
try {
  await program.parseAsync();
} catch (error) {
  report(error);
  process.exit(1);
}

/** An error of ours is a sentence and a next step; anything else is a bug and shows where it came from. */
function report(error: unknown): void {
  if (!(error instanceof CodedError)) {
    console.error(error);
    return;
  }
  const next = error.nextStep === undefined ? '' : `\n${error.nextStep}`;
  process.stderr.write(`eventstream: ${messageOf(error)}${next}\n`);
}
