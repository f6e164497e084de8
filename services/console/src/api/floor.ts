/**
 * The floor: the picture of the walk as it is now. `GET /api/floor` answers one; `GET /api/floor/stream` (SSE) sends the
 * event `history` once, then the event `floor` every second. One look at the processes serves every listener.
 */
import { type Static, Type } from 'typebox';
import { atMs, count, money, orderStatus, orNull, trouble } from './values.ts';

/** Every box of the picture. */
export const boxName = Type.Enum([
  'client',
  'ordersvc',
  'eventstoresvc',
  'relay',
  'postgres',
  'nats-server',
  'paymentworker',
  'reviewworker',
  'sagacoordinator',
  'querymodelworker',
  'paymentgateway',
]);
export type BoxName = Static<typeof boxName>;

/**
 * How a box stands. `ready` and `degraded` do their work; `starting` will soon; `paused` waits for something it depends
 * on and goes on by itself; `halted` waits for a person; `notReady` says itself that it cannot work; `unreachable` does
 * not answer; `stopped` does not run; `leftOut` was left out at the start (`--without`); `elsewhere` is not ours to see.
 */
export const boxState = Type.Enum([
  'ready',
  'degraded',
  'starting',
  'paused',
  'halted',
  'notReady',
  'unreachable',
  'stopped',
  'leftOut',
  'elsewhere',
]);
export type BoxState = Static<typeof boxState>;

/** One box. A number that this box does not have is null. */
export const box = Type.Object({
  name: boxName,
  state: boxState,
  /** Since when it has been so, as far as this console has seen. */
  sinceMs: atMs,
  /** Why it is not ready, and what to do; null while it is. */
  trouble: orNull(trouble),
  /** What it does in a second: requests, commits, publications, attempts, events folded. */
  perSecond: orNull(Type.Number()),
  /** What `perSecond` counts, as a word: `orders`, `events`, … */
  unit: orNull(Type.String()),
  /** Work that stands in front of it: queued writes, events not handed over yet, events behind the head. */
  waiting: orNull(count),
  /** Work in hand. */
  inFlight: orNull(count),
  /** Work that failed and is tried again later. */
  retrying: orNull(count),
  openDeadLetters: orNull(count),
  stuck: orNull(count),
  restarts: orNull(count),
  memoryMb: orNull(count),
  pid: orNull(Type.Integer()),
  /** Where it answers. */
  addresses: Type.Array(Type.String()),
});
export type Box = Static<typeof box>;

/** One arrow: what flows, how much, and how far the box at its end is behind. */
export const arrow = Type.Object({
  from: boxName,
  to: boxName,
  /** What flows: `orders`, `append`, `commit`, `publish`, `ORDERS.created`, `whole log`, `debit and void`, … */
  carries: Type.String(),
  perSecond: orNull(Type.Number()),
  /** How many events the end is behind what the beginning has; null where nothing can queue. */
  lagEvents: orNull(count),
  /** `flows` or `idle`: as it should be; `behind`: work waits in front of the end; `cut`: one end cannot work. */
  state: Type.Enum(['flows', 'idle', 'behind', 'cut']),
});
export type Arrow = Static<typeof arrow>;

/** The sums of one currency. `debited` − `voided` = `approved` + `inFlight` by the orders; the books are the provider's. */
export const moneyLine = Type.Object({
  currency: Type.String(),
  debited: money,
  voided: money,
  approved: money,
  /** Debited, not voided, and the order has no end yet. */
  inFlight: money,
  booksDebited: orNull(money),
  booksVoided: orNull(money),
  /**
   * `balanced`: the orders and the provider's books say the same. `moving`: they differ while payments are under way.
   * `differs`: nothing is under way and they differ. `unknown`: the provider does not answer.
   */
  balance: Type.Enum(['balanced', 'moving', 'differs', 'unknown']),
});
export type MoneyLine = Static<typeof moneyLine>;

/** Orders and money, counted no more often than is cheap: `countedAtMs` says when. Null until the first count. */
export const counters = Type.Object({
  countedAtMs: atMs,
  orders: count,
  byStatus: Type.Array(Type.Object({ status: orderStatus, orders: count })),
  money: Type.Array(moneyLine),
});
export type Counters = Static<typeof counters>;

/** One second of the charts. A rate that could not be read is null. Latencies are of what ended in that second. */
export const floorPoint = Type.Object({
  atMs,
  placedPerSecond: orNull(Type.Number()),
  appendedPerSecond: orNull(Type.Number()),
  approvedPerSecond: orNull(Type.Number()),
  cancelledPerSecond: orNull(Type.Number()),
  /** POST → 201. */
  placeP50Ms: orNull(Type.Number()),
  placeP99Ms: orNull(Type.Number()),
  /** Recorded `created` → recorded `approved`, of the last five seconds; those that a person approved count too. */
  approveP50Ms: orNull(Type.Number()),
  approveP99Ms: orNull(Type.Number()),
});
export type FloorPoint = Static<typeof floorPoint>;

/** A burst of sample orders that runs or has just ended. */
export const burst = Type.Object({
  orders: count,
  placed: count,
  failed: count,
  running: Type.Boolean(),
  by: Type.String(),
  /** Why orders were not placed, when some were not. */
  trouble: orNull(trouble),
});
export type Burst = Static<typeof burst>;

/** The data of the SSE event `floor`, and of `GET /api/floor`. */
export const floor = Type.Object({
  atMs,
  boxes: Type.Array(box),
  arrows: Type.Array(arrow),
  counters: orNull(counters),
  /** This second, as in the charts. */
  point: floorPoint,
  /** The log's last position, and how far the copy, the coordinator and the read model are. */
  positions: Type.Object({
    head: orNull(count),
    relay: orNull(count),
    sagas: orNull(count),
    readModel: orNull(count),
  }),
  /** Everything a person should look at, worst first; empty when all is well. */
  troubles: Type.Array(Type.Intersect([trouble, Type.Object({ box: orNull(boxName) })])),
  burst: orNull(burst),
  listeners: count,
});
export type Floor = Static<typeof floor>;

/** The data of the SSE event `history`: the last minutes, oldest first. */
export const floorHistory = Type.Object({ points: Type.Array(floorPoint) });
export type FloorHistory = Static<typeof floorHistory>;
