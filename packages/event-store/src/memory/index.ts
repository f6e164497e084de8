/** The event store in memory. */
export { type MemoryEventStoreOptions, memoryEventStore } from './memory-event-store.ts';
