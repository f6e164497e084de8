/**
 * Who may lead a log's relay. The lease only keeps two instances from doing the same work; what keeps the broker's copy
 * right when two believe they lead is the fence on every message (expected last sequence).
 */
import type { Incarnation, LogName, Position } from '@eventstream/contracts';
import { type Clock, leaseRuns } from '@eventstream/platform';

/** How far a relay is known to have published, and in which life of the log. A broker that has less has lost its tail. */
export interface HighWaterMark {
  readonly incarnation: Incarnation;
  readonly position: Position;
}

/** Whose lease of what. */
export interface LeaseClaim {
  readonly log: LogName;
  /** Unique for each relay instance. */
  readonly holder: string;
  readonly ttlMs: number;
}

/** A lease that was granted. */
export interface LeaseTerm {
  /** Grows with each new holder. */
  readonly epoch: number;
  /** What the last holder left behind. */
  readonly mark: HighWaterMark | undefined;
}

/** Grants the lease, by one clock for all instances. Every call rejects when whoever keeps it can't be asked. */
export interface RelayLease {
  /** The lease, when nobody else's is running; else undefined. */
  acquire(claim: LeaseClaim): Promise<LeaseTerm | undefined>;
  /** Extends the lease and keeps the mark. False: it is somebody else's by now. */
  renew(claim: LeaseClaim, epoch: number, mark: HighWaterMark | undefined): Promise<boolean>;
  /** Ends the lease now and keeps the mark. Does nothing when it is somebody else's by now. */
  release(claim: LeaseClaim, epoch: number, mark: HighWaterMark | undefined): Promise<void>;
}

interface Row {
  holder: string;
  epoch: number;
  expiresAtMs: number;
  mark: HighWaterMark | undefined;
}

/** A lease kept in memory, for tests and for a relay that is alone. Shared by the instances that are given it. */
export class MemoryRelayLease implements RelayLease {
  readonly #clock: Clock;
  readonly #rows = new Map<LogName, Row>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async acquire({ log, holder, ttlMs }: LeaseClaim): Promise<LeaseTerm | undefined> {
    const row = this.#rows.get(log);
    const nowMs = this.#clock.nowMs();
    const runs = row !== undefined && leaseRuns({ untilMs: row.expiresAtMs, nowMs, ttlMs });
    if (runs && row.holder !== holder) return undefined;
    const epoch = (row?.epoch ?? 0) + 1;
    this.#rows.set(log, { holder, epoch, expiresAtMs: nowMs + ttlMs, mark: row?.mark });
    return { epoch, mark: row?.mark };
  }

  async renew(claim: LeaseClaim, epoch: number, mark: HighWaterMark | undefined): Promise<boolean> {
    return this.#extend(claim, { epoch, mark, ttlMs: claim.ttlMs });
  }

  async release(claim: LeaseClaim, epoch: number, mark: HighWaterMark | undefined): Promise<void> {
    this.#extend(claim, { epoch, mark, ttlMs: 0 });
  }

  #extend(claim: LeaseClaim, o: { epoch: number; mark: HighWaterMark | undefined; ttlMs: number }): boolean {
    const row = this.#rows.get(claim.log);
    if (row === undefined || row.holder !== claim.holder || row.epoch !== o.epoch) return false;
    row.expiresAtMs = this.#clock.nowMs() + o.ttlMs;
    row.mark = o.mark ?? row.mark;
    return true;
  }
}
