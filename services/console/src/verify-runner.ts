/** Runs verifications, one at a time, and tells whoever watches how far each is. */
import type { OrderId } from '@eventstream/contracts';
import { type Clock, type Logger, messageOf } from '@eventstream/platform';
import { Problem } from '@eventstream/service-kit';
import { remarksOf, type VerificationReport } from '@eventstream/verification';
import type { PromiseLine, Verification, VerifyState } from './api/verify.ts';
import { Broadcast } from './broadcast.ts';
import { moneyAnswer } from './money-answer.ts';
import { consoleProblems } from './problems.ts';

/** A system that can be verified. */
export interface Verifiable {
  verify(options: {
    readonly onProgress: (phase: string, done: number, of: number) => void;
  }): Promise<VerificationReport>;
  close(): Promise<void>;
}

/** How it is run. */
export interface VerifyRunnerOptions {
  /** Opens the system for one verification; a text says why that cannot be. */
  readonly open: () => Promise<Verifiable | string>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Progress is told no more often than this. */
const tellEveryMs = 200;

/** The runner. */
export class VerifyRunner {
  readonly #options: VerifyRunnerOptions;
  readonly #states = new Broadcast<VerifyState>();
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor(options: VerifyRunnerOptions) {
    this.#options = options;
    this.#states.send({ running: null, last: null });
  }

  /** How it stands. */
  get state(): VerifyState {
    return this.#states.latest ?? { running: null, last: null };
  }

  /** How it stands, now and at each change. */
  states(): AsyncIterable<VerifyState> {
    return this.#states.listen();
  }

  /** Begins one, or says why not. The answer comes when it has begun. */
  async start(by: string): Promise<VerifyState | Problem> {
    if (this.state.running !== null)
      return new Problem(consoleProblems.verifyRunning, `${this.state.running.by} has begun one already: watch that`);
    const sinceMs = this.#options.clock.nowMs();
    this.#tell({ ...this.state, running: { sinceMs, by, phase: 'opening', done: 0, of: 0 } });
    // Whatever keeps it from being opened must not stand as one that runs: no other could be begun any more.
    const opened = await this.#options.open().catch(messageOf);
    if (typeof opened === 'string') {
      this.#tell({ ...this.state, running: null });
      return new Problem(consoleProblems.verifyUnavailable, opened);
    }
    void this.#run(opened, { by, sinceMs });
    return this.state;
  }

  async #run(system: Verifiable, begun: { readonly by: string; readonly sinceMs: number }): Promise<void> {
    const { clock, logger } = this.#options;
    const ended = (): Pick<Verification, 'endedAtMs' | 'by' | 'tookMs'> => ({
      endedAtMs: clock.nowMs(),
      by: begun.by,
      tookMs: clock.nowMs() - begun.sinceMs,
    });
    try {
      const report = await system.verify({
        onProgress: (phase, done, of) => this.#progress({ ...begun, phase, done, of }),
      });
      this.#tell({ running: null, last: { ...ended(), ...reportAnswer(report) } });
    } catch (error) {
      logger.warn({ err: error }, 'a verification could not be made');
      this.#tell({
        running: null,
        last: { ...ended(), ...notMade, trouble: `It could not be made: ${messageOf(error)}.` },
      });
    } finally {
      await system.close().catch(() => {});
    }
  }

  #progress(running: NonNullable<VerifyState['running']>): void {
    if (performance.now() - this.#toldMs < tellEveryMs && running.done < running.of) return;
    this.#tell({ ...this.state, running });
  }

  #tell(state: VerifyState): void {
    this.#toldMs = performance.now();
    this.#states.send(state);
  }
}

type Report = Omit<Verification, 'endedAtMs' | 'by' | 'tookMs'>;

const notMade: Report = {
  holds: null,
  position: null,
  orders: null,
  promises: [],
  money: [],
  remarks: [],
  trouble: null,
};

/** A report as it is answered. */
function reportAnswer(report: VerificationReport): Report {
  return {
    holds: report.holds,
    position: report.position,
    orders: report.orders,
    promises: report.promises.map(promiseAnswer),
    money: [...report.money].map(([currency, sums]) => ({
      debited: moneyAnswer(sums.debited, currency),
      voided: moneyAnswer(sums.voided, currency),
      approved: moneyAnswer(sums.approved, currency),
      inFlight: moneyAnswer(sums.inFlight, currency),
      external: moneyAnswer(sums.external, currency),
    })),
    remarks: remarksOf(report.remarks).map(({ says, count, first }) => ({ says, count, first: [...first] })),
    trouble: null,
  };
}

function promiseAnswer(line: VerificationReport['promises'][number]): PromiseLine {
  const { number, says, verdict, examined, differences, first, reason } = line;
  const orderId: OrderId | null = first?.orderId ?? null;
  return {
    number,
    says,
    verdict,
    examined,
    differences,
    first: first?.message ?? reason ?? null,
    orderId,
    position: first?.position ?? null,
  };
}
