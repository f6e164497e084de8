/** `eventstream orders`: one order, or a list of them, newest first. */
import type { OrderId } from '@eventstream/contracts';
import { type OrderStatus, orderStatuses } from '@eventstream/domain';
import { Command } from 'commander';
import { dataDirOption, systemAddresses } from '../connect/system-addresses.ts';
import type { OrderJson } from '../orders/order-shapes.ts';
import { type OrdersApi, ordersApi } from '../orders/orders-api.ts';
import { orderDetails, orderTable } from '../orders/show-order.ts';
import { oneOf, orderIdArgument, wholeNumber } from '../terminal/arguments.ts';
import { more } from '../terminal/help.ts';
import { note, print, printJson } from '../terminal/print.ts';
import { widthOfResult } from '../terminal/wrap.ts';

interface OrdersOptions {
  readonly customer?: string;
  readonly status?: OrderStatus;
  readonly limit: number;
  readonly json?: true;
  readonly dataDir: string;
}

const pageMax = 100;

/** The command. */
export function ordersCommand(): Command {
  return new Command('orders')
    .description('show one order, or list orders, newest first')
    .argument('[order]', 'its id; leave it out for a list', orderIdArgument)
    .option('--customer <id>', 'only those of this customer')
    .option('--status <status>', `only those in this status: ${orderStatuses.join(', ')}`, oneOf(orderStatuses))
    .option('--limit <count>', 'show at most this many', wholeNumber(1, 10_000), 20)
    .option('--json', 'print JSON, for programs: one order, or an array of them')
    .addOption(dataDirOption())
    .addHelpText(
      'after',
      more({
        examples: ['npx eventstream orders --status InReview'],
        exitCodes: { 0: 'shown', 1: 'no such order, or failed' },
      }),
    )
    .action(orders);
}

async function orders(id: OrderId | undefined, options: OrdersOptions): Promise<void> {
  const api = ordersApi(systemAddresses(options.dataDir, process.env).ordersUrl());
  if (id !== undefined) {
    const order = await api.get(id);
    if (options.json === true) printJson(order);
    else print(orderDetails(order));
    return;
  }
  const found = await listOrders(api, options);
  if (options.json === true) printJson(found);
  else if (found.length === 0) note('No orders found.');
  else print(orderTable(found, widthOfResult()));
}

/** As many pages as it takes. */
async function listOrders(api: OrdersApi, { customer, status, limit }: OrdersOptions): Promise<readonly OrderJson[]> {
  const found: OrderJson[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.list({ customer, status, cursor, limit: Math.min(pageMax, limit - found.length) });
    found.push(...page.orders);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined && found.length < limit);
  return found;
}
