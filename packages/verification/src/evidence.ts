/**
 * What the parts of the system hold about one order, gathered by its id. The sources are walked side by side in the
 * order of the ids, so that memory stays small however many orders there are.
 */
import type { EventId, OrderId, Position, RecordedEvent, Revision, StreamName } from '@eventstream/contracts';
import type { FoldedOrder } from '@eventstream/read-model';
import type { PlannedAction } from '@eventstream/saga';

/** The read model's row. */
export interface RowEvidence {
  readonly folded: FoldedOrder;
  /** The column itself: a fold has an amount only in some states of the payment. */
  readonly debitedMinor: bigint;
  readonly isStale: boolean;
}

/** The provider's books. */
export interface PaymentEvidence {
  /** `unknown`: there are entries, and no payment. */
  readonly status: string;
  readonly amountMinor: bigint;
  readonly voidedMinor: bigint;
  readonly currency: string;
  /** Who was asked to pay. */
  readonly payer: string;
  /** The provider's own number of the debit. */
  readonly reference: string | null;
  /** Sums of the ledger's entries on the merchant's account. */
  readonly ledgerDebitedMinor: bigint;
  readonly ledgerVoidedMinor: bigint;
  /** The sum over all accounts: zero in books that balance. */
  readonly ledgerSumMinor: bigint;
  /** An entry is in another currency, or on an account that is neither the merchant's nor the payer's. */
  readonly hasStrayEntry: boolean;
  /** It has not changed since the walk over the payments began. */
  readonly isSettled: boolean;
}

/** The payment worker's row. */
export interface IntentEvidence {
  readonly state: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  /** Who was to pay. */
  readonly payer: string;
  /** Its state was noted before the verification began, and so the events it speaks of are below the head. */
  readonly isSettled: boolean;
}

/** The coordinator's row. */
export interface SagaEvidence {
  readonly status: string;
  readonly revision: Revision;
  /** What is due, and when. */
  readonly next: PlannedAction | null;
  /** The coordinator will look at it again by itself. */
  readonly isScheduled: boolean;
  /** It could not be carried on. */
  readonly hasFault: boolean;
  readonly isStuck: boolean;
}

/** A consumer has set an event of this stream aside: a dead letter, one that somebody discarded, or work that waits for another try. */
export interface SetAsideEvidence {
  readonly consumer: string;
  readonly eventId: EventId;
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
  /** Of which life of the log each part has read, by the part's name; a part that has read nothing is left out. */
  readonly lives: ReadonlyMap<string, string>;
  /** When this was read, by the clock of the payment worker's database. */
  readonly asOf: Date;
}
