/** The promises of the platform, checked against a running system. */
export { type CopyCheck, copyCheck, unreachableCopy } from './checks/check-copy.ts';
export * from './evidence.ts';
export * from './findings.ts';
export { type Remark, remarksOf } from './remarks.ts';
export * from './report.ts';
export type { Keyed } from './sorted-cursor.ts';
export * from './verification-sources.ts';
export * from './verify.ts';
