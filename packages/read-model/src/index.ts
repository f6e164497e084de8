/** How facts are shown: the questions about orders, and what answers them. */
export * from './order-queries.ts';
export * from './project-orders.ts';
