/** What the terminal shows when everything is ready. */
import { plainTable } from '../terminal/table.ts';
import { dataDirOptionFor } from './data-folder.ts';
import type { RunningSystem } from './running-system.ts';

/** The services and their addresses, an order to try, and how to stop. */
export function welcome({ parts, httpUrl, dataDir }: Pick<RunningSystem, 'parts' | 'httpUrl' | 'dataDir'>): string {
  const rows = parts.map(({ name, version = '', addresses }) => [
    `${name} ${version}`.trim(),
    addresses.join('  ') || 'works in the background',
  ]);
  const console = parts.find(({ name }) => name === 'console')?.addresses[0];
  return [
    '',
    plainTable(['service', 'address'], rows),
    '',
    ...sample(httpUrl, console),
    `From another terminal: npx eventstream status | logs | verify${dataDirOptionFor(dataDir)}`,
    'Stop everything: Ctrl-C',
    '',
  ].join('\n');
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
  ];
}
