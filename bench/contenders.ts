/** Everything that is measured: one program each, with its options. Rows put them side by side. */
import type { Contender } from './harness/contender.ts';

const onSystem = { ground: 'system', aroundSeconds: 3 } as const;

/** The contenders, in the order in which the first round runs them. */
export const contenders: readonly Contender[] = [
  { ...onSystem, name: 'commits-32', program: 'pgbench.ts', options: { clients: 32 } },
  { ...onSystem, name: 'end-to-end-64', program: 'end-to-end.ts', options: { callers: 64 } },
  { ...onSystem, name: 'end-to-end-256', program: 'end-to-end.ts', options: { callers: 256 } },
];
