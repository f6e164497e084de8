/** What an operator can do with an order, and how it is asked for. */
import type { Deed } from '../parts/ask-why.tsx';
import type { OrderDetail } from '../server/answers.ts';

/** A deed, whether it may be done now, and how its button looks. */
export interface OrderDeed {
  readonly deed: Deed;
  readonly allowed: OrderDetail['actions']['cancel'];
  readonly className: string;
}

export function reviewDeed(orderId: string, decision: 'approve' | 'reject', onDone?: () => void): Deed {
  const isApproval = decision === 'approve';
  return {
    title: isApproval ? 'Approve this order' : 'Reject this order',
    means: isApproval ? 'It ends approved, and the money stays taken.' : 'It is cancelled, and its money goes back.',
    verb: isApproval ? 'Approve' : 'Reject',
    isDangerous: !isApproval,
    path: `/api/orders/${orderId}/review`,
    body: { decision },
    reasons: isApproval
      ? ['Checked with the customer', 'Known customer']
      : ['Customer not reachable', 'Looks like fraud'],
    ...(onDone === undefined ? {} : { onDone }),
  };
}

/** Those that make sense now come first; what is refused stays in view, with the reason under the pointer. */
export function deedsFor({ orderId, actions, state }: OrderDetail): OrderDeed[] {
  const cancel: OrderDeed = {
    deed: {
      title: 'Cancel this order',
      means: 'What was done is undone: its money goes back, and it ends cancelled.',
      verb: 'Cancel order',
      isDangerous: true,
      path: `/api/orders/${orderId}/cancel`,
      reasons: ['Customer asked by telephone', 'Placed twice', 'Test order'],
    },
    allowed: actions.cancel,
    className: 'button danger',
  };
  if (state?.status !== 'InReview') return [cancel];
  return [
    { deed: reviewDeed(orderId, 'approve'), allowed: actions.approve, className: 'button primary' },
    { deed: reviewDeed(orderId, 'reject'), allowed: actions.reject, className: 'button danger' },
    cancel,
  ];
}
