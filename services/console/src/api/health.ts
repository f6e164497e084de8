/** `GET /api/health`: everything about the processes and servers underneath. */
import { type Static, Type } from 'typebox';
import { boxState } from './floor.ts';
import { atMs, count, orNull, trouble } from './values.ts';

/** A setting as a process runs with it. A secret's value is not in here; passwords in urls are `***`. */
export const setting = Type.Object({
  name: Type.String(),
  value: orNull(Type.String()),
  isSecret: Type.Boolean(),
  isDefault: Type.Boolean(),
  description: Type.String(),
});
export type Setting = Static<typeof setting>;

/** One process or server. What it does not tell is null. */
export const process = Type.Object({
  name: Type.String(),
  version: orNull(Type.String()),
  /** Version of Node it runs on. */
  node: orNull(Type.String()),
  state: boxState,
  trouble: orNull(trouble),
  pid: orNull(Type.Integer()),
  startedAtMs: orNull(atMs),
  restarts: orNull(count),
  memoryMb: orNull(count),
  /** Share of one core over the last seconds, 0 to 1 and above. */
  cpu: orNull(Type.Number()),
  eventLoopP99Ms: orNull(Type.Number()),
  addresses: Type.Array(Type.String()),
  healthUrl: orNull(Type.String()),
  checks: Type.Array(
    Type.Object({
      name: Type.String(),
      ok: Type.Boolean(),
      isOptional: Type.Boolean(),
      trouble: orNull(trouble),
    }),
  ),
  settings: Type.Array(setting),
});
export type ProcessHealth = Static<typeof process>;

/** A consumer: a worker's durable place at the broker, or a follower of the whole log. */
export const consumer = Type.Object({
  name: Type.String(),
  kind: Type.Enum(['worker', 'follower']),
  process: Type.String(),
  /** Everything up to here is settled (a worker's mark), or in its rows (a follower's checkpoint). */
  position: orNull(count),
  lagEvents: orNull(count),
  inFlight: orNull(count),
  retrying: orNull(count),
  openDeadLetters: orNull(count),
  isPaused: Type.Boolean(),
  isHalted: Type.Boolean(),
  /** What the broker says of it; null when it does not answer. */
  broker: orNull(
    Type.Object({
      pending: count,
      ackPending: count,
      /** Messages delivered more than once and not acknowledged yet. */
      redelivered: count,
      deliveredTo: count,
      ackedTo: count,
    }),
  ),
});
export type ConsumerHealth = Static<typeof consumer>;

export const database = Type.Object({
  name: Type.String(),
  sizeBytes: orNull(count),
  connections: orNull(count),
  /** Of all, since the server's statistics began. */
  commits: orNull(count),
  rollbacks: orNull(count),
  /** Share of block reads that memory answered, 0 to 1. */
  cacheHits: orNull(Type.Number()),
  trouble: orNull(trouble),
});
export type DatabaseHealth = Static<typeof database>;

export const broker = Type.Object({
  version: orNull(Type.String()),
  messages: orNull(count),
  bytes: orNull(count),
  firstSequence: orNull(count),
  lastSequence: orNull(count),
  maxBytes: orNull(count),
  maxAgeMs: orNull(count),
  trouble: orNull(trouble),
});
export type BrokerHealth = Static<typeof broker>;

export const health = Type.Object({
  atMs,
  processes: Type.Array(process),
  consumers: Type.Array(consumer),
  relay: Type.Object({
    head: orNull(count),
    published: orNull(count),
    lagEvents: orNull(count),
    isLeading: Type.Boolean(),
    isHalted: Type.Boolean(),
    trouble: orNull(trouble),
  }),
  databases: Type.Array(database),
  broker,
  /** How this console bounds what it asks of the system, as sentences. */
  bounds: Type.Array(Type.String()),
});
export type Health = Static<typeof health>;
