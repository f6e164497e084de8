/** How facts are handled: workers for single events, followers for the whole log, and what both remember. */
export {
  type DeadLetterFile,
  type DeadLetterOffice,
  deadLetterOffice,
  lettersListedMax,
} from './dead-letter-office.ts';
export * from './dead-letters.ts';
export {
  type DryRunAnswer,
  type DryRunOutcome,
  dryRunOutcomes,
  type NoteEffect,
} from './dry-run.ts';
export { type FaultGroup, type FaultGroups, groupOf } from './fault-groups.ts';
export { type Follower, type FollowerOptions, followLog } from './follower.ts';
export { defaultFollowerLimits, type FollowerLimits } from './follower-limits.ts';
export * from './follower-port.ts';
export * from './handler.ts';
export * from './ledger.ts';
export { RecentStates } from './recent-states.ts';
export type { RedriveAll, Redriven } from './redrive-all.ts';
export * from './work-item.ts';
export { consumerName, createWorker, type Worker, type WorkerOptions } from './worker.ts';
export { defaultWorkerLimits, type WorkerLimits } from './worker-limits.ts';
