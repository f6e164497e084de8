/** `eventstream cancel`: cancels an order; money that was taken is given back. */
import type { OrderId } from '@eventstream/contracts';
import { Command } from 'commander';
import { dataDirOption, systemAddresses } from '../connect/system-addresses.ts';
import { ordersApi } from '../orders/orders-api.ts';
import { showStatus } from '../orders/show-order.ts';
import { orderIdArgument } from '../terminal/arguments.ts';
import { more } from '../terminal/help.ts';
import { print, printJson } from '../terminal/print.ts';

/** The command. */
export function cancelCommand(): Command {
  return new Command('cancel')
    .description('cancel an order; money that was taken is given back')
    .argument('<order>', 'its id', orderIdArgument)
    .option('--reason <text>', 'why; kept with the order')
    .option('--json', 'print JSON, for programs')
    .addOption(dataDirOption())
    .addHelpText(
      'after',
      more({
        examples: ['npx eventstream cancel 0198c0de-0000-7000-8000-000000000001 --reason "changed my mind"'],
        exitCodes: { 0: 'cancelled, or being cancelled (also when it was before)', 1: 'refused, or failed' },
      }),
    )
    .action(async (id: OrderId, options: { reason?: string; json?: true; dataDir: string }) => {
      const api = ordersApi(systemAddresses(options.dataDir, process.env).ordersUrl());
      const cancelled = await api.cancel(id, options.reason);
      if (options.json === true) printJson(cancelled);
      else print(`order ${id}  ${showStatus(cancelled.order)}  at ${cancelled.position}`);
    });
}
