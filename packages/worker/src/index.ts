/**
 * How facts are handled. A worker (`worker.ts`) has one consumer for each event type (`consumer/`); a follower reads the
 * whole log in order (`follower/`). Both are readers of a log and share what that takes (`reader/`). What a consumer
 * remembers is behind `ledger.ts`; what it gave up on, and what people do about it, is in `dead-letters/`.
 */
export {
  type DeadLetterFile,
  type DeadLetterOffice,
  deadLetterOffice,
} from './dead-letters/dead-letter-office.ts';
export * from './dead-letters/dead-letters.ts';
export {
  type DryRunAnswer,
  type DryRunOutcome,
  dryRunOutcomes,
  type NoteEffect,
} from './dead-letters/dry-run.ts';
export { eachLetter, lettersListedMax } from './dead-letters/each-letter.ts';
export { type FaultGroup, type FaultGroups, groupOf } from './dead-letters/fault-groups.ts';
export type { RedriveAll, Redriven } from './dead-letters/redrive-all.ts';
export { type Follower, type FollowerOptions, followLog } from './follower/follower.ts';
export { defaultFollowerLimits, type FollowerLimits } from './follower/follower-limits.ts';
export * from './follower/follower-port.ts';
export { RecentStates } from './follower/recent-states.ts';
export * from './handler.ts';
export * from './ledger.ts';
export * from './work-item.ts';
export { consumerName, createWorker, type Worker, type WorkerOptions } from './worker.ts';
export { defaultWorkerLimits, type WorkerLimits } from './worker-limits.ts';
