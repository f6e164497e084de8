/**
 * What the parts of the system hold about one order, gathered by its id. The sources are walked side by side in the
 * order of the ids, so that memory stays small however many orders there are.
 */
import type { OrderId, Position, RecordedEvent, Revision, StreamName } from '@eventstream/contracts';
import type { FoldedOrder } from '@eventstream/read-model';

/** The read model's row. */
export interface RowEvidence {
  readonly folded: FoldedOrder;
  readonly isStale: boolean;
}

/** The provider's books. */
export interface PaymentEvidence {
  readonly status: string;
  readonly amountMinor: bigint;
  readonly voidedMinor: bigint;
  readonly currency: string;
  /** Sums of the ledger's entries on the merchant's account. */
  readonly ledgerDebitedMinor: bigint;
  readonly ledgerVoidedMinor: bigint;
  /** The sum over all accounts: zero in books that balance. */
  readonly ledgerSumMinor: bigint;
}

/** The payment worker's row. */
export interface IntentEvidence {
  readonly state: string;
}

/** The coordinator's row. */
export interface SagaEvidence {
  readonly status: string;
  readonly revision: Revision;
  /** Something is due at some time: a deadline or an action. */
  readonly hasNext: boolean;
  readonly isStuck: boolean;
}

/** A consumer has set an event of this stream aside: a dead letter, one that somebody discarded, or work that waits for another try. */
export interface SetAsideEvidence {
  readonly consumer: string;
  readonly position: Position;
  readonly kind: 'dead letter' | 'discarded' | 'retry';
}

/** All of it, for one stream. */
export interface StreamEvidence {
  readonly stream: StreamName;
  /** Undefined for a stream that is no order's. */
  readonly orderId: OrderId | undefined;
  /** Up to the verified position, in order. Empty: something is known of an order that the log does not have. */
  readonly events: readonly RecordedEvent[];
  readonly row: RowEvidence | undefined;
  readonly payment: PaymentEvidence | undefined;
  readonly intent: IntentEvidence | undefined;
  readonly saga: SagaEvidence | undefined;
  readonly setAside: readonly SetAsideEvidence[];
}

/** How far the parts were when the verification began; read before the head, so that all of it lies within the log. */
export interface Progress {
  readonly head: Position;
  readonly readModel: Position;
  readonly sagas: Position;
  /** Consumer → everything up to here is done or set aside. */
  readonly marks: ReadonlyMap<string, Position>;
}
