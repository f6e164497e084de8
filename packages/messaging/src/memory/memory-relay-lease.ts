/** The relay's lease in memory. */
import type { LogName } from '@eventstream/contracts';
import { type Clock, leaseRuns } from '@eventstream/platform';
import type { HighWaterMark, LeaseClaim, LeaseTerm, RelayLease } from '../relay/lease.ts';

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
