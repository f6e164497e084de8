/** `eventstream verify`: holds a running system, or its databases and broker, against every promise. */
import { Command } from 'commander';
import { withConnections } from '../connect/open.ts';
import { dataDirOption, systemAddresses } from '../connect/system-addresses.ts';
import { waitArgument } from '../terminal/arguments.ts';
import { more } from '../terminal/help.ts';
import { print } from '../terminal/print.ts';
import { orExitWith } from '../terminal/report.ts';
import { widthOfResult } from '../terminal/wrap.ts';
import { readAckedOrders } from '../verify/acked-orders.ts';
import { exitCodeOf, verifyExit } from '../verify/exit-code.ts';
import { showVerification, verificationJson } from '../verify/show-verification.ts';
import { verificationOf, verifyShown } from '../verify/verify-system.ts';

interface VerifyOptions {
  readonly acked?: string;
  readonly wait?: number;
  readonly json?: true;
  readonly dataDir: string;
}

/** The command. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('check every promise against the running system, without changing anything')
    .option('--acked <file>', 'file with ids of acknowledged orders, one per line: each must be in the log')
    .option('--wait <time>', 'first wait for the system to come to rest, at most this long', waitArgument)
    .option('--json', 'print JSON, for programs; money in minor units')
    .addOption(dataDirOption())
    .addHelpText(
      'after',
      more({
        says: [
          'Without a running system it uses EVENTSTOREDB_URL, ORDERSDB_URL, WORKERSDB_URL, GATEWAYDB_URL and NATS_URL.',
          'What can never be checked on your system, such as the rights of a role that your database does not have, is shown as ' +
            '"not checked" and does not affect the exit code.',
        ],
        examples: ['npx eventstream verify --wait 30s'],
        exitCodes: {
          0: 'every promise holds',
          1: 'a promise is broken',
          2:
            'a promise could not be checked this time, such as while a server is away ("holds" is null in the JSON), or the ' +
            'result could not be written though nothing is broken',
        },
      }),
    )
    .action((options: VerifyOptions) => orExitWith(verifyExit.notChecked, () => run(options)));
}

async function run(options: VerifyOptions): Promise<void> {
  const addresses = systemAddresses(options.dataDir, process.env);
  const acked = options.acked === undefined ? undefined : await readAckedOrders(options.acked);
  await withConnections(addresses, async (connections) => {
    const verification = verificationOf(addresses, connections);
    if (options.wait !== undefined) await verification.awaitRest(options.wait);
    const report = await verifyShown(verification, acked);
    print(options.json === true ? verificationJson(report) : showVerification(report, widthOfResult()));
    process.exitCode = exitCodeOf(report);
  });
}
