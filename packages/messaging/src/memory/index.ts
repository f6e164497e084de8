/** A broker in memory, for tests and simulations. */
export type { Fault, Faults } from './faults.ts';
export { MemoryBroker, type MemoryBrokerOptions } from './memory-broker.ts';
export { MemoryRelayLease } from './memory-relay-lease.ts';
