/** `eventstream place`: places an order, and with --wait sees it to its end. */
import { CodedError, newId } from '@eventstream/platform';
import { Command, InvalidArgumentError } from 'commander';
import { dataDirOption, systemAddresses } from '../connect/system-addresses.ts';
import { followOrder } from '../orders/follow-order.ts';
import type { StepJson } from '../orders/order-shapes.ts';
import { type NewOrder, ordersApi, type WrittenOrder } from '../orders/orders-api.ts';
import { showAmount, showStatus } from '../orders/show-order.ts';
import { waitArgument } from '../terminal/arguments.ts';
import { more } from '../terminal/help.ts';
import { note, print, printJson } from '../terminal/print.ts';
import { orExitWith } from '../terminal/report.ts';

type Item = NewOrder['order_items'][number];

interface PlaceOptions {
  readonly customer: string;
  readonly restaurant: string;
  readonly item?: readonly Item[];
  readonly currency?: string;
  readonly key?: string;
  readonly wait?: number | true;
  readonly json?: true;
  readonly dataDir: string;
}

/** What is ordered when nothing is named, so that the first try needs no thought. */
const sampleMeal: readonly Item[] = [{ code: 'vm', name: 'Veg Meals', unit_price: '200', quantity: 2 }];
const waitByDefaultMs = 60_000;
const exit = { cancelled: 3, unfinished: 4 } as const;

/** The command. */
export function placeCommand(): Command {
  return new Command('place')
    .description('place an order')
    .option(
      '--item <code:name:price:quantity>',
      'what is ordered (may be repeated); without it, a sample meal',
      readItem,
    )
    .option('--customer <id>', 'who orders; test-decline and others make the payment fail (see README)', 'customer-1')
    .option('--restaurant <id>', 'who delivers', 'restaurant-1')
    .option('--currency <code>', 'ISO 4217 code; left out, the service picks its default')
    .option('--key <key>', 'your own name for this order: the same key never places a second one')
    .option(
      '--wait [time]',
      `wait until the order has ended, at most this long (1m when no time is given)`,
      waitArgument,
    )
    .option('--json', 'print JSON, for programs')
    .addOption(dataDirOption())
    .addHelpText(
      'after',
      more({
        says: ['Where it is not known whether the order was placed, --json prints the key that was used.'],
        examples: ['npx eventstream place --item pizza:"Pizza Margherita":9.50:2 --wait'],
        exitCodes: {
          0: 'placed (with --wait: approved)',
          1: 'refused, or failed',
          3: 'cancelled',
          4: 'no end in time',
        },
      }),
    )
    .action(place);
}

/** Reads `code:name:price:quantity`; the name may hold colons itself. */
export function readItem(text: string, before: readonly Item[] = []): readonly Item[] {
  const parts = text.split(':');
  const [code = '', quantity = '', price = ''] = [parts[0], parts.at(-1), parts.at(-2)];
  const name = parts.slice(1, -2).join(':');
  if (parts.length < 4 || code === '' || name === '' || price === '' || !/^\d{1,7}$/.test(quantity))
    throw new InvalidArgumentError('It must be code:name:price:quantity, such as pizza:"Pizza Margherita":9.50:2.');
  return [...before, { code, name, unit_price: price, quantity: Number(quantity) }];
}

async function place(options: PlaceOptions): Promise<void> {
  const api = ordersApi(systemAddresses(options.dataDir, process.env).ordersUrl());
  const order: NewOrder = {
    customer_id: options.customer,
    restaurant_id: options.restaurant,
    order_items: options.item ?? sampleMeal,
    ...(options.currency === undefined ? {} : { currency: options.currency }),
  };
  const key = options.key ?? newId();
  const placed = await api.place(order, key).catch((error: unknown) => {
    const kept = keepKey(error, key);
    if (options.json === true && kept instanceof LostAnswer) printJson({ key, code: kept.code, message: kept.message });
    throw kept;
  });
  if (options.wait === undefined) {
    if (options.json === true) printJson(placed);
    else print(describe(placed));
    return;
  }
  if (options.json !== true) print(describe(placed));
  const withinMs = options.wait === true ? waitByDefaultMs : options.wait;
  await orExitWith(exit.unfinished, async () => {
    const ended = await followOrder(api, placed.order.order_id, { withinMs, onStep: noteStep }).catch((error) => {
      if (options.json === true) printJson(placed); // a program learns the order's id even when its end is not seen
      throw error;
    });
    if (ended.status !== 'Approved') process.exitCode = exit.cancelled;
    if (options.json === true) printJson({ ...placed, order: ended });
    else print(showStatus(ended));
  });
}

/** Nobody knows whether the order was placed. The key finds out, also one that was made up for this order. */
export class LostAnswer extends CodedError {
  constructor(error: CodedError, key: string) {
    const again = `Whether the order was placed is not known; the same order with --key ${JSON.stringify(key)} is placed no second time.`;
    super(error.code, error.message, {
      cause: error,
      details: { ...error.details, key },
      nextStep: error.nextStep === undefined ? again : `${error.nextStep}\n${again}`,
    });
  }
}

/** A failure that leaves open whether the order was placed, with the key that was used; any other as it is. */
export function keepKey(error: unknown, key: string): unknown {
  if (!(error instanceof CodedError)) return error;
  const { status } = error.details;
  return typeof status === 'number' && status < 500 ? error : new LostAnswer(error, key);
}

function noteStep({ recorded_at, type, status }: StepJson): void {
  note(`  ${recorded_at}  ${type} → ${status}`);
}

function describe({ order, position, replayed }: WrittenOrder): string {
  const amount = showAmount(order.amount_minor, order.currency);
  const again = replayed ? ', placed before with this key' : '';
  return `order ${order.order_id}  ${showStatus(order)}  ${amount}  at ${position}${again}`;
}
