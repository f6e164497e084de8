/** What an order costs, in minor units, decided from what the customer asked for. */
import { type Currency, type Money, minorMax } from '@eventstream/contracts';

/** A line to be priced. */
export interface PricedLine {
  readonly unitPriceMinor: bigint;
  readonly quantity: number;
}

/** An amount, or why there is none. `line` counts from 0. */
export type Priced =
  | { readonly kind: 'amount'; readonly amount: Money }
  | { readonly kind: 'too-large'; readonly line: number };

/** The sum of unit price × quantity; refused beyond fifteen digits of minor units (see `minorMax`). */
export function priceOrder(lines: readonly PricedLine[], currency: Currency): Priced {
  let minor = 0n;
  for (const [line, { unitPriceMinor, quantity }] of lines.entries()) {
    minor += unitPriceMinor * BigInt(quantity);
    if (minor > minorMax) return { kind: 'too-large', line };
  }
  return { kind: 'amount', amount: { minor, currency } };
}
