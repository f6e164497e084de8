/** Keeps the broker's copy of a log as it should be. */
export { type RelaySource } from './follow.ts';
export { type ImportOptions, importFromCopy, type LogImporter } from './import-from-copy.ts';
export { type HighWaterMark, type LeaseClaim, type LeaseTerm, type RelayLease } from './lease.ts';
export { beginNewIncarnation, type IncarnationChanger } from './new-incarnation.ts';
export {
  defaultRelaySettings,
  type Look,
  Relay,
  type RelayOptions,
  type RelaySettings,
  type RelayState,
} from './relay.ts';
export { type Halt } from './resync.ts';
