/** How an order is loaded, decided on and recorded: the domain's decisions joined to the event store. */
export * from './heard-orders.ts';
export * from './load-order.ts';
export * from './record-facts.ts';
export { TooManyRaces, winRace } from './win-race.ts';
