/** What callers may ask for, as schemas and as types; the same for every transport. */
import { orderStatuses } from '@eventstream/domain';
import { printablePattern, printableWords } from '@eventstream/service-kit';
import { type Static, Type } from 'typebox';

const name = (maxLength: number, description: string) =>
  Type.String({
    minLength: 1,
    maxLength,
    pattern: printablePattern,
    allowed: printableWords(1, maxLength),
    description,
  });

/** A customer, as an order names it. */
export const customerText = name(100, 'Who orders');

const itemBody = Type.Object(
  {
    code: name(64, 'The item on the restaurant’s list'),
    name: name(200, 'The item as people call it'),
    // The body parser hands over the text of a JSON number, so both spellings arrive as text, and no float is made.
    unit_price: Type.Unsafe<string>({
      type: ['number', 'string'],
      minLength: 1,
      maxLength: 40,
      description: 'Price of one in major units: 19.90 or "19.90". Taken as it is written; no exponent',
      examples: [19.9, '19.90'],
    }),
    quantity: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
  },
  { additionalProperties: false },
);

/** The body of a new order. Ids, amount, status and time are the server's to say. */
export const placeOrderBody = Type.Object(
  {
    customer_id: customerText,
    restaurant_id: name(100, 'Who delivers'),
    order_items: Type.Array(itemBody, { minItems: 1, maxItems: 100 }),
    currency: Type.Optional(
      Type.String({
        pattern: '^[A-Z]{3}$',
        allowed: 'a currency code of ISO 4217, such as EUR',
        description: 'ISO 4217; a default is set',
      }),
    ),
  },
  {
    additionalProperties: false,
    examples: [
      {
        customer_id: 'c-1',
        restaurant_id: 'r-1',
        order_items: [{ code: 'vm', name: 'Veg Meals', unit_price: 200, quantity: 2 }],
      },
    ],
  },
);
/** The body of a new order. */
export type PlaceOrderBody = Static<typeof placeOrderBody>;

/** The body of a cancellation. */
export const cancelOrderBody = Type.Object(
  {
    reason: Type.Optional(Type.String({ maxLength: 500, pattern: printablePattern, allowed: printableWords(0, 500) })),
    by: Type.Optional(
      Type.Enum(['customer', 'operator'], { description: 'Whose wish it is; the customer’s when it does not say' }),
    ),
  },
  { additionalProperties: false },
);
/** The body of a cancellation. */
export type CancelOrderBody = Static<typeof cancelOrderBody>;

/** The body of a person's decision. */
export const reviewOrderBody = Type.Object(
  {
    decision: Type.Enum(['approve', 'reject']),
    reason: name(500, 'Why; kept with the order for ever'),
  },
  { additionalProperties: false },
);
/** The body of a person's decision. */
export type ReviewOrderBody = Static<typeof reviewOrderBody>;

/** An order's id. */
export const orderIdText = Type.String({
  pattern: '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$',
  allowed: 'an order’s id, such as 01a222c8-a6f9-747d-ab62-36056343f2d2',
  description: 'The order’s id, a uuid',
});

/** A caller's own name for a request, at most 255 printable ASCII characters. */
export const idempotencyKey = Type.String({
  minLength: 1,
  maxLength: 255,
  pattern: '^[\\x20-\\x7e]+$',
  allowed: '1 to 255 characters of printable ASCII',
  description:
    'Your own name for this order. The same key and body again give the same answer, for ever. A key counts per customer: ' +
    'the same key of another customer names another order',
});

/** A status to filter by. */
export const orderStatus = Type.Enum([...orderStatuses]);
