/** `eventstream review`: a person's decision about a paid order. */
import type { OrderId } from '@eventstream/contracts';
import { Command } from 'commander';
import { dataDirOption, systemAddresses } from '../connect/system-addresses.ts';
import { ordersApi } from '../orders/orders-api.ts';
import { showStatus } from '../orders/show-order.ts';
import { orderIdArgument } from '../terminal/arguments.ts';
import { more } from '../terminal/help.ts';
import { print, printJson } from '../terminal/print.ts';

/** The command, with one command for each decision. */
export function reviewCommand(): Command {
  return new Command('review')
    .description('approve or reject an order that waits for a person')
    .addCommand(decisionCommand('approve', 'let the order go on'))
    .addCommand(decisionCommand('reject', 'cancel the order and give its money back'))
    .addHelpText('after', more({ says: ['Which orders wait: `npx eventstream orders --status InReview`'] }));
}

function decisionCommand(decision: 'approve' | 'reject', description: string): Command {
  return new Command(decision)
    .description(description)
    .argument('<order>', 'its id', orderIdArgument)
    .requiredOption('--reason <text>', 'why; kept with the order forever')
    .option('--json', 'print JSON, for programs')
    .addOption(dataDirOption())
    .addHelpText(
      'after',
      more({
        examples: [
          `npx eventstream review ${decision} 0198c0de-0000-7000-8000-000000000001 --reason "called the customer"`,
        ],
        exitCodes: { 0: 'decided', 1: 'refused (it waits for no review), or failed' },
      }),
    )
    .action(async (id: OrderId, options: { reason: string; json?: true; dataDir: string }) => {
      const api = ordersApi(systemAddresses(options.dataDir, process.env).ordersUrl());
      const reviewed = await api.review(id, decision, options.reason);
      if (options.json === true) printJson(reviewed);
      else print(`order ${id}  ${showStatus(reviewed.order)}  at ${reviewed.position}`);
    });
}
