/**
 * Who may lead a log's relay. The lease only keeps two instances from doing the same work; what keeps the broker's copy
 * right when two believe they lead is the fence on every message (expected last sequence).
 */
import type { Incarnation, LogName, Position } from '@eventstream/contracts';

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
