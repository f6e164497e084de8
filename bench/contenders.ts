/** Everything that is measured: one program each, with its options. Rows put them side by side. */
import type { Contender } from './harness/contender.ts';

const onStore = { ground: 'store', aroundSeconds: 2 } as const;
const onSystem = { ground: 'system', aroundSeconds: 3 } as const;
const onFreshSystem = { ground: 'fresh-system' } as const;
const inProcess = { ...onStore, program: 'append-in-process.ts' } as const;

/** The contenders, in the order in which the first round runs them. */
export const contenders: readonly Contender[] = [
  { ...onStore, name: 'pgbench-32', program: 'pgbench.ts', options: { clients: 32 } },
  { ...inProcess, name: 'append-64', options: { callers: 64, mixed: false } },
  { ...inProcess, name: 'append-256', options: { callers: 256, mixed: false } },
  { ...inProcess, name: 'append-mixed', options: { callers: 256, mixed: true } },
  { ...onStore, name: 'emmett-64', program: 'emmett.mjs', options: { callers: 64 }, aroundSeconds: 5 },
  { ...onStore, name: 'grpc-256', program: 'append-over-grpc.ts', options: { callers: 256, servers: 1 } },
  { ...onStore, name: 'grpc-256-two', program: 'append-over-grpc.ts', options: { callers: 256, servers: 2 } },
  { ...onStore, name: 'relay', program: 'relay.ts', options: { messagesPerSecond: 20_000 } },
  { ...onStore, name: 'raw-publish', program: 'raw-publish.ts', options: { messagesPerSecond: 60_000 } },
  { ...onStore, name: 'read-and-rebuild', program: 'read-and-rebuild.ts', options: { ordersPerSecond: 25_000 } },
  {
    ...onStore,
    name: 'growth',
    program: 'growth.ts',
    options: { callers: 256, big: 10_000_000, small: 100_000 },
    ownRounds: true,
    aroundSeconds: 300,
    diskGb: 14,
  },

  { ...onSystem, name: 'system-pgbench-1', program: 'pgbench.ts', options: { clients: 1 } },
  { ...onSystem, name: 'first-answer', program: 'first-answer.ts', options: {} },
  { ...onSystem, name: 'system-pgbench-32', program: 'pgbench.ts', options: { clients: 32 } },
  { ...onSystem, name: 'end-to-end-64', program: 'end-to-end.ts', options: { callers: 64 } },
  { ...onSystem, name: 'end-to-end-256', program: 'end-to-end.ts', options: { callers: 256 } },
  { ...onSystem, name: 'naive-64', program: 'naive.ts', options: { callers: 64, ordersPerSecond: 50 } },
  { ...onSystem, name: 'approved-latency', program: 'approved-latency.ts', options: { ordersPerSecond: 200 } },
  { ...onSystem, name: 'overload', program: 'overload.ts', options: { times: 10, callers: 64 } },
  {
    ...onFreshSystem,
    name: 'memory-load',
    program: 'memory-load.ts',
    options: { callers: 64, loadSeconds: 300 },
    ownRounds: true,
    aroundSeconds: 330,
    diskGb: 4,
  },
  {
    ...onFreshSystem,
    name: 'memory-backlog',
    program: 'memory-backlog.ts',
    options: { messages: 500_000 },
    ownRounds: true,
    aroundSeconds: 200,
    diskGb: 2,
  },
];
