/** The worker's ledger and its dead letters in memory, for tests and simulations. */
export { type MemoryLedger, memoryWorkerLedger } from './memory-ledger.ts';
