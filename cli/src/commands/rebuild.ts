/** `eventstream rebuild`: folds the whole log into a new read model beside the old one, then puts it in its place. */
import { ordersLog } from '@eventstream/contracts';
import { rebuildReadModel } from '@eventstream/read-model/sql';
import { Command } from 'commander';
import { withConnections } from '../connect/open.ts';
import { dataDirOption, systemAddresses } from '../connect/system-addresses.ts';
import { more } from '../terminal/help.ts';
import { print, printJson } from '../terminal/print.ts';
import { showProgress } from '../terminal/progress.ts';

/** The command. */
export function rebuildCommand(): Command {
  return new Command('rebuild')
    .description('rebuild the read model beside the old one, then swap; readers notice nothing')
    .option('--json', 'print JSON, for programs')
    .addOption(dataDirOption())
    .addHelpText('after', more({ exitCodes: { 0: 'rebuilt', 1: 'failed; then the old one is still in its place' } }))
    .action((options: { json?: true; dataDir: string }) =>
      withConnections(systemAddresses(options.dataDir, process.env), async (connections) => {
        const progress = showProgress('rebuilding');
        const position = await rebuildReadModel({
          sql: connections.sql('ordersdb', 'operator'),
          store: connections.eventStore(),
          log: ordersLog,
          onProgress: (done, of) => progress.at(done, of),
        }).finally(() => progress.end());
        if (options.json === true) printJson({ log: ordersLog, position });
        else print(`The read model is rebuilt up to ${ordersLog}:${position}.`);
      }),
    );
}
