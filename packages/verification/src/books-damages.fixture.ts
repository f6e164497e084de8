/** Damage to whose money moved, and in what, that a verification has to name: the amounts are all right. */
import type { Damage } from './damages.fixture.ts';
import { approved, cancelled } from './lived-system.fixture.ts';

/** Damage that a statement does to books and intents. */
export const booksDamages: readonly Damage[] = [
  {
    is: 'a payment by another customer',
    at: 'gatewaydb',
    table: 'payments',
    statement: `update payments set payer = 'customer-2' where payment_key = '${approved}'`,
    breaks: 'money',
    says: /one of customer-2; the order is of customer-1/,
    of: approved,
  },
  {
    is: 'money that was taken from another customer’s account',
    at: 'gatewaydb',
    table: 'ledger_entries',
    statement: `update ledger_entries set account = 'payer:customer-2' where payment_key = '${approved}' and account <> 'merchant'`,
    breaks: 'money',
    says: /on an account of neither payer nor merchant/,
    of: approved,
  },
  {
    is: 'money that was given back in another currency',
    at: 'gatewaydb',
    table: 'ledger_entries',
    statement: `update ledger_entries set currency = 'JPY' where payment_key = '${cancelled}' and movement = 'void'`,
    breaks: 'money',
    says: /an entry in another currency/,
    of: cancelled,
  },
  {
    is: 'a payment under another number',
    at: 'gatewaydb',
    table: 'payments',
    statement: `update payments set reference = 'g-2' where payment_key = '${approved}'`,
    breaks: 'money',
    says: /the log knows the payment as g-1, the provider as g-2/,
    of: approved,
  },
  {
    is: 'an intent to take the money from another customer',
    at: 'workersdb',
    table: 'payment_intents',
    statement: `update payment_intents set payer = 'customer-2' where order_id = '${approved}'`,
    breaks: 'money',
    says: /meant to take money from customer-2 for an order of customer-1/,
    of: approved,
  },
];
