/** One contract suite per port, run against every adapter of that port. */
export { type EventStoreUnderTest, eventStoreContract } from './event-store-contract.ts';
