/** What the terminal shows when everything is ready. */
import Table from 'cli-table3';
import type { RunningSystem } from './running-system.ts';

const noLines = {
  mid: '',
  'left-mid': '',
  'mid-mid': '',
  'right-mid': '',
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
};

/** The services and their addresses, an order to try, and how to stop. */
export function welcome({ parts, httpUrl }: RunningSystem): string {
  const rows = parts.map(({ name, addresses }) => [name, addresses.join('  ') || 'works in the background']);
  const console = parts.find(({ name }) => name === 'console')?.addresses[0];
  return ['', plainTable(['service', 'address'], rows), '', ...sample(httpUrl, console), ''].join('\n');
}

/** Columns in line, no frames: readable in a terminal and in a log. */
export function plainTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: [...head],
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: {
      ...noLines,
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      right: '',
      middle: '',
    },
  });
  for (const row of rows) table.push([...row]);
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function sample(httpUrl: string, console: string | undefined): string[] {
  const order = {
    customer_id: 'customer-1',
    restaurant_id: 'restaurant-1',
    order_items: [{ code: 'pizza', name: 'Pizza Margherita', unit_price: '9.50', quantity: 2 }],
  };
  return [
    'Place an order, then look at it (its address is in the Location header):',
    `  curl -i ${httpUrl}/api/orders -H 'content-type: application/json' \\`,
    `    -d '${JSON.stringify(order)}'`,
    '',
    ...(console === undefined ? [] : [`Console: ${console}`]),
    `API documentation: ${httpUrl}/docs`,
    'From another terminal: npx eventstream status | logs | verify',
    'Stop everything: Ctrl-C',
  ];
}
