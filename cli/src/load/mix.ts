/** Which orders are placed: most of them plain, and some that fail in a known way, in shares that hold from the first order on. */

/** Payers at which the stand-in payment provider misbehaves; services/paymentgateway/README.md says what each does. */
const payers = [
  'test-decline',
  'test-insufficient-funds',
  'test-slow',
  'test-timeout-after-success',
  'test-error-then-success',
  'test-error-after-success',
  'test-void-fails-3',
  'test-silent',
  'test-unavailable',
] as const;

/** A kind of order. `test-reject` holds an item that the review rejects, `large` an amount that waits for a person. */
export const orderKinds = ['plain', 'test-reject', 'large', ...payers] as const;
export type OrderKind = (typeof orderKinds)[number];

/** Those that end by themselves within seconds: the others wait for a person or for the payment's deadline. */
const quickKinds: readonly OrderKind[] = orderKinds.filter(
  (kind) => !['plain', 'large', 'test-silent', 'test-unavailable'].includes(kind),
);

/** Percent of the orders that are of a kind; the rest are plain. */
export type Mix = ReadonlyMap<OrderKind, number>;

/** Every order is plain. */
export const plainOrders: Mix = new Map();

/** Reads `kind=percent,…`, where `every` stands for all that end within seconds. A sentence when it makes no sense. */
export function readMix(text: string): Mix | string {
  const mix = new Map<OrderKind, number>();
  for (const part of text.split(',')) {
    const [name, percent = '', ...more] = part.trim().split('=');
    const kinds = name === 'every' ? quickKinds : orderKinds.filter((kind) => kind === name);
    const share = Number(percent);
    if (kinds.length === 0) return `"${name}" is none of: every, ${orderKinds.join(', ')}.`;
    if (more.length > 0 || !(share > 0 && share <= 100))
      return `"${part}" must be ${name}=PERCENT, from above 0 to 100.`;
    for (const kind of kinds) mix.set(kind, (mix.get(kind) ?? 0) + share / kinds.length);
  }
  const sum = [...mix.values()].reduce((total, share) => total + share, 0);
  return sum > 100 + roundingPercent ? 'The shares add up to more than 100 percent.' : mix;
}

/** Eighths of a percent do not add up exactly. */
const roundingPercent = 1e-6;

/** The golden ratio's fraction: its multiples fall evenly into 0..1 however few of them there are (Weyl's sequence). */
const stride = (Math.sqrt(5) - 1) / 2;

/** The kind of the n-th order, 0 first: the same for the same mix, and close to its shares after any number of orders. */
export function kindOf(number: number, mix: Mix): OrderKind {
  let percent = ((number * stride) % 1) * 100;
  for (const [kind, share] of mix) {
    if (percent < share) return kind;
    percent -= share;
  }
  return 'plain';
}

/** The body of the n-th order, as JSON. Plain ones come from a thousand customers. */
export function orderBody(number: number, kind: OrderKind): string {
  const fails = payers.some((payer) => payer === kind);
  const customer = fails ? `${kind}:${number}` : `customer-${number % 1000}`;
  // A void that fails must be asked for: such an order is paid and then rejected.
  const code = kind === 'test-reject' || kind === 'test-void-fails-3' ? 'test-reject' : 'vm';
  const price = kind === 'large' ? '2000' : '200';
  return `{"customer_id":"${customer}","restaurant_id":"restaurant-1","order_items":[{"code":"${code}","name":"Veg Meals","unit_price":"${price}","quantity":1},{"code":"lassi","name":"Mango Lassi","unit_price":"3.50","quantity":2}]}`;
}
