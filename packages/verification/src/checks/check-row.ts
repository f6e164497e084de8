/** Holds the read model's row of an order against the fold of the log. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { isSameMoney, type RecordedEvent } from '@eventstream/contracts';
import { cancelReasonOf, type PlacedOrder } from '@eventstream/domain';
import { debitedMinor, type FoldedOrder } from '@eventstream/read-model';
import type { Progress, RowEvidence, StreamEvidence } from '../evidence.ts';
import type { Differs, Tallies } from '../findings.ts';
import { count } from '../report.ts';

/**
 * The row must equal the fold up to its own revision, and have got as far as the read model says it has.
 * `lived`: the order after each of its events.
 */
export function checkRow(
  evidence: StreamEvidence,
  lived: readonly PlacedOrder[],
  progress: Progress,
  { tallies, differs }: { readonly tallies: Tallies; readonly differs: Differs },
): void {
  const { row, events, orderId } = evidence;
  const reached = events.filter((event) => event.position <= progress.readModel);
  const isParked = evidence.setAside.some((aside) => aside.kind !== 'retry' && aside.consumer === 'querymodelworker');
  const behind = row && (reached.at(-1)?.revision ?? 0) > row.folded.revision;
  if (row?.isStale && behind && !isParked) {
    differs('readModel', 'the row is marked stale, and no dead letter says why');
    return;
  }
  if (row?.isStale || (!row && isParked)) {
    count(tallies.remarks.staleRows, orderId ?? '');
    return;
  }
  if (!row) {
    if (reached.length > 0)
      differs('readModel', `the read model is at ${progress.readModel} and has no row for the order`);
    return;
  }
  const last = reached.at(-1);
  if (last && row.folded.revision < last.revision)
    differs(
      'readModel',
      `the row is at revision ${row.folded.revision}; the read model has passed revision ${last.revision}`,
    );
  if (row.folded.position > progress.head) return;
  const { revision } = row.folded;
  const order = lived[revision - 1];
  const wrong =
    firstWrongColumn(row.folded, { order, first: events[0], last: events[revision - 1] }) ?? wrongDebit(row, order);
  if (wrong)
    differs('readModel', `the row's ${wrong} differs from the fold of the log at revision ${row.folded.revision}`);
}

function firstWrongColumn(
  row: FoldedOrder,
  fold: {
    readonly order: PlacedOrder | undefined;
    readonly first: RecordedEvent | undefined;
    readonly last: RecordedEvent | undefined;
  },
): string | undefined {
  const { order: a } = row;
  const { order: b } = fold;
  if (!b) return 'revision';
  if (a.status !== b.status) return `status (${a.status}, not ${b.status})`;
  if (cancelReasonOf(a) !== cancelReasonOf(b)) return 'reason';
  if (a.details.customerId !== b.details.customerId) return 'customer';
  if (a.details.restaurantId !== b.details.restaurantId) return 'restaurant';
  if (!isSameMoney(a.details.amount, b.details.amount)) return 'amount';
  if (a.details.createdOn !== b.details.createdOn) return 'creation time';
  if (a.payment.kind !== b.payment.kind) return `payment (${a.payment.kind}, not ${b.payment.kind})`;
  if (row.position !== fold.last?.position) return 'position';
  if (row.createdPosition !== fold.first?.position) return 'first position';
  return isDeepStrictEqual(a.details.items, b.details.items) ? undefined : 'items';
}

function wrongDebit({ debitedMinor: shown }: RowEvidence, order: PlacedOrder | undefined): string | undefined {
  const taken = order ? debitedMinor(order) : 0n;
  return shown === taken ? undefined : `debited amount (${shown}, not ${taken})`;
}
