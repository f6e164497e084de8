/** What is said: event types, their data, money, and the brands that keep ids and positions apart. */
export * from './brands.ts';
export * from './metadata.ts';
export * from './money.ts';
export * from './order-event-codec.ts';
export * from './order-events.ts';
export * from './recorded-event.ts';
