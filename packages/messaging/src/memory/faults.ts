/** What can go wrong with a broker, on demand. Each fault is armed for a number of times and used up one by one. */

/** The faults that hit single messages. */
export type Fault =
  /** The next publish never arrives; its answer neither. */
  | 'losePublish'
  /** The next publish is stored, but its answer is lost. */
  | 'loseAnswer'
  /** The next delivery is handed over twice. */
  | 'deliverTwice'
  /** The next ack, retry or extension never arrives. */
  | 'loseSettlement';

/** Armed faults. */
export class Faults {
  readonly #armed = new Map<Fault, number>();

  /** Makes the fault happen the next `times` times. */
  arm(fault: Fault, times = 1): void {
    this.#armed.set(fault, (this.#armed.get(fault) ?? 0) + times);
  }

  /** Whether the fault happens now; uses it up. */
  take(fault: Fault): boolean {
    const left = this.#armed.get(fault) ?? 0;
    if (left > 0) this.#armed.set(fault, left - 1);
    return left > 0;
  }
}
