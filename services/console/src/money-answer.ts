/** Amounts as they are answered: exact, and as people write them. */
import { formatDecimal, isCurrency } from '@eventstream/contracts';
import type { Money } from './api/values.ts';

/** An amount of any currency code; of one that nobody knows, the minor units are shown as they are. */
export function moneyAnswer(minor: bigint, currency: string): Money {
  const decimal = isCurrency(currency) ? formatDecimal({ minor, currency }) : String(minor);
  return { minor: String(minor), currency, decimal };
}
