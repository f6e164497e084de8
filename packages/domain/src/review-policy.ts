/** Who may approve an order: the policy by itself up to an amount, a person above it; some orders nobody. */
import { type OrderCreated, parseDecimal } from '@eventstream/contracts';

/** The policy's settings. */
export interface ReviewPolicy {
  /** In major units of the order's own currency, such as `1000.00`: the policy approves up to and including this. */
  readonly approveUpTo: string;
  /** An order with one of these item codes is rejected. */
  readonly rejectedItemCodes: ReadonlySet<string>;
}

/** What the policy says, and by which rule. */
export type ReviewVerdict =
  | { readonly kind: 'approve'; readonly rule: string }
  | { readonly kind: 'reject'; readonly rule: string }
  | { readonly kind: 'person'; readonly rule: string };

/** Judges an order. Rejection comes first, so that a forbidden item never waits for a person. */
export function review(order: OrderCreated, policy: ReviewPolicy): ReviewVerdict {
  const rejected = order.items.find((item) => policy.rejectedItemCodes.has(item.code));
  if (rejected) return { kind: 'reject', rule: `item code ${rejected.code} is not allowed` };
  const limit = parseDecimal(policy.approveUpTo, order.amount.currency);
  // A limit with more decimals than the currency has (0.50 in yen) cannot be compared: a person decides.
  if (typeof limit !== 'bigint')
    return { kind: 'person', rule: `the limit ${policy.approveUpTo} is not an amount of ${order.amount.currency}` };
  return order.amount.minor <= limit
    ? { kind: 'approve', rule: `up to ${policy.approveUpTo} ${order.amount.currency}` }
    : { kind: 'person', rule: `above ${policy.approveUpTo} ${order.amount.currency}` };
}
