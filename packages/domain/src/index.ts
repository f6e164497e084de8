/** What is decided: an order's life, its price, the review policy, and the saga that undoes what was done. Pure. */
export * from './fulfilment.ts';
export * from './order/decide.ts';
export * from './order/order.ts';
export * from './order/price-order.ts';
export * from './review-policy.ts';
