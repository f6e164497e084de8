/** The worker's ledger and its dead letters in SQL. */
export { insertDeadLetter, insertUndecided, sqlDeadLetterDesk } from './dead-letters.ts';
export { answerDryRun, endDryRuns, takeDryRun } from './dry-runs.ts';
export { sqlWorkerLedger } from './ledger.ts';
export { type MarkRow, readMarks, readTried, resetMarks } from './marks.ts';
export { workerComponent, workerMigrations } from './migrations.ts';
export { unresolved } from './unresolved.ts';
export { readWaiting, type WaitingWork } from './waiting-work.ts';
