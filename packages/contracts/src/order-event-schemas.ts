/**
 * How each event of an order looks as JSON, schema version 1.
 * Amounts stand twice: exact minor units (`amount_minor`, digits as text) that we read, and the seed's major-unit
 * numbers (`amount`, `unit_price`, `Amount`) that its programs read.
 */
import { Type } from 'typebox';
import { cancelReasons } from './order-events.ts';

const uuid = Type.String({ pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' });
const minorDigits = Type.String({ pattern: '^[0-9]{1,15}$' });
const currency = Type.String({ pattern: '^[A-Z]{3}$' });
/** What every text column can hold unchanged: no NUL, and no half of a surrogate pair. */
const text = Type.String({ maxLength: 1000, pattern: '^[^\\u0000\\p{Cs}]*$' });
/**
 * Who orders and pays. The payment gateway takes payers of 1 to 200 characters, and an index entry of the read model has
 * room for that; with any other, the order could be neither paid nor voided, and its row could never be written.
 */
const customer = Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\u0000\\p{Cs}]*$' });

const orderItemJson = Type.Object({
  code: text,
  name: text,
  unit_price: Type.Number(),
  unit_price_minor: minorDigits,
  // Beyond it a number is not the one that was written, nor does it fit an int8.
  quantity: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
});

export const createdJson = Type.Object({
  order_id: uuid,
  customer_id: customer,
  restaurant_id: text,
  order_items: Type.Array(orderItemJson, { minItems: 1 }),
  amount: Type.Number(),
  amount_minor: minorDigits,
  currency,
  status: Type.Literal('Pending'),
  created_on: text,
  request_hash: Type.String({ pattern: '^[0-9a-f]*$' }),
});

export const paymentDebitedJson = Type.Object({
  OrderID: uuid,
  CustomerID: text,
  Amount: Type.Number(),
  amount_minor: minorDigits,
  currency,
  gateway_reference: Type.Union([text, Type.Null()]),
});

export const paymentDeclinedJson = Type.Object({ order_id: uuid, code: text, message: text });
export const reviewRequestedJson = Type.Object({ order_id: uuid, rule: text });
export const approvedJson = Type.Object({ order_id: uuid, by: text, reason: text });
export const reviewRejectedJson = Type.Object({ order_id: uuid, by: text, reason: text });
export const cancelRequestedJson = Type.Object({
  order_id: uuid,
  by: Type.Union([Type.Literal('customer'), Type.Literal('operator')]),
  reason: text,
});

const cancelReason = Type.Enum([...cancelReasons]);
export const paymentVoidRequestedJson = Type.Object({ order_id: uuid, reason: cancelReason });
export const paymentVoidedJson = Type.Object({
  order_id: uuid,
  amount: Type.Number(),
  amount_minor: minorDigits,
  currency,
});
export const cancelledJson = Type.Object({ order_id: uuid, reason: cancelReason });
