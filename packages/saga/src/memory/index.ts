/** The saga store in memory, for tests. */
export { memorySagaStore } from './memory-saga-store.ts';
