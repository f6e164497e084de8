/**
 * Orders that a part of the system knows and that are not below the head. A part learns of an order from the log alone,
 * so they must be newer than the head that was found, or the log has lost them.
 */
import type { LogName } from '@eventstream/contracts';
import type { StreamEvidence } from '../evidence.ts';
import type { Findings } from '../findings.ts';
import type { VerificationSources } from '../verification-sources.ts';

const unknownAtOnce = 500;

/** Gathers them, and asks for many at once. */
export class UnknownOrders {
  readonly #log: LogName;
  readonly #sources: Pick<VerificationSources, 'missing'>;
  readonly #findings: Findings;
  #found: StreamEvidence[] = [];

  constructor(log: LogName, sources: Pick<VerificationSources, 'missing'>, findings: Findings) {
    this.#log = log;
    this.#sources = sources;
    this.#findings = findings;
  }

  /** Takes note of a stream, if the log has no event of it and a part knows it. */
  async look(evidence: StreamEvidence): Promise<void> {
    const { events, row, payment, intent, saga } = evidence;
    if (events.length > 0 || (!row && !payment && !intent && !saga)) return;
    this.#found.push(evidence);
    if (this.#found.length >= unknownAtOnce) await this.ask();
  }

  /** Asks the log as it is now; an order was there before any part knew of it. */
  async ask(): Promise<void> {
    const found = this.#found;
    this.#found = [];
    if (found.length === 0) return;
    const missing = new Set(
      await this.#sources.missing(
        this.#log,
        found.map(({ stream }) => stream),
      ),
    );
    for (const evidence of found.filter(({ stream }) => missing.has(stream))) this.#report(evidence);
  }

  #report({ orderId, row, payment, intent, saga }: StreamEvidence): void {
    const order = orderId ? { orderId } : {};
    if (payment && payment.ledgerDebitedMinor !== payment.ledgerVoidedMinor)
      this.#findings.differs({
        promise: 'money',
        message: 'the provider has taken money for an order that the log does not have',
        ...order,
      });
    const who = row ? 'the read model' : saga ? 'the coordinator' : intent ? 'the payment worker' : 'the provider';
    this.#findings.differs({
      promise: 'acked',
      message: `${who} knows the order, and the log does not have it`,
      ...order,
    });
  }
}
