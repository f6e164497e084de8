/** Keeps the broker's copy of a log as it should be. */
export { type RelaySource } from './follow.ts';
export { type ImportOptions, importFromCopy, type LogImporter } from './import-from-copy.ts';
export { type HighWaterMark, type LeaseClaim, type LeaseTerm, type RelayLease } from './lease.ts';
export { type Look } from './look.ts';
export { beginNewIncarnation, type IncarnationChanger } from './new-incarnation.ts';
export { Relay, type RelayOptions } from './relay.ts';
export type { RelayState } from './relay-condition.ts';
export { defaultRelaySettings, type RelaySettings } from './relay-settings.ts';
export { type RelayHalt } from './resync.ts';
