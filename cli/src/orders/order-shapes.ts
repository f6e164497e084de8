/** What ordersvc answers, as far as commands read it. */
import { type Static, Type } from 'typebox';

/** An order. Amounts are read from the exact fields; the decimal numbers beside them are for other programs. */
export const orderShape = Type.Object({
  order_id: Type.String(),
  customer_id: Type.String(),
  restaurant_id: Type.String(),
  order_items: Type.Array(
    Type.Object({
      code: Type.String(),
      name: Type.String(),
      unit_price_minor: Type.String({ pattern: '^-?\\d+$' }),
      quantity: Type.Integer(),
    }),
  ),
  amount_minor: Type.String({ pattern: '^-?\\d+$' }),
  currency: Type.String(),
  status: Type.String(),
  reason: Type.Optional(Type.String()),
  created_on: Type.String(),
  revision: Type.Integer(),
});
/** An order. */
export type OrderJson = Static<typeof orderShape>;

export const orderPageShape = Type.Object({
  orders: Type.Array(orderShape),
  next_cursor: Type.Union([Type.String(), Type.Null()]),
});
/** A page of orders. */
export type OrderPageJson = Static<typeof orderPageShape>;

/** One step of an order's life, as its event stream sends it. */
export const stepShape = Type.Object({
  type: Type.String(),
  revision: Type.Integer(),
  position: Type.String(),
  recorded_at: Type.String(),
  status: Type.String(),
});
/** One step of an order's life. */
export type StepJson = Static<typeof stepShape>;

export const problemShape = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  code: Type.String(),
  errors: Type.Optional(Type.Array(Type.Object({ pointer: Type.String(), detail: Type.String() }))),
});
