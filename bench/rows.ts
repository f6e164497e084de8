/** The table: what is held against what, and how good it is meant to be. */
import type { Row } from './harness/judge-rows.ts';

const commits = (contender: string) => ({
  contender,
  figure: 'perSecond',
  what: 'PostgreSQL by pgbench: one row a commit, 32 clients',
});

/** Every row, as the table shows them. */
export const rows: readonly Row[] = [
  {
    name: 'end-to-end-64',
    what: 'events/s from POST to Approved, 64 callers',
    value: { contender: 'end-to-end-64', figure: 'eventsPerSecond' },
    unit: 'events/s',
    against: commits('commits-32'),
    target: 0.4,
    stretch: 0.65,
    better: 'more',
  },
  {
    name: 'end-to-end-256',
    what: 'events/s from POST to Approved, 256 callers',
    value: { contender: 'end-to-end-256', figure: 'eventsPerSecond' },
    unit: 'events/s',
    against: commits('commits-32'),
    target: 0.55,
    stretch: 0.85,
    better: 'more',
  },
];
