/** What can be wrong with a call about orders, beside what can be wrong with any call. Each has a page in docs/problems. */
import { defineProblems } from '@eventstream/service-kit';

/** The problem types of this service. */
export const orderProblems = defineProblems({
  invalidOrder: [422, 'The order can be read but makes no sense'],
  idempotencyKeyReused: [422, 'The Idempotency-Key was used for another request'],
  orderNotFound: [404, 'There is no such order'],
  revisionMismatch: [412, 'The order has changed since it was read'],
  orderNotCancellable: [409, 'The order can no longer be cancelled'],
  orderNotReviewable: [409, 'The order is not waiting for a review'],
  positionUnknown: [400, 'The log has not got to this position'],
  readModelBehind: [503, 'The read model has not got to this position yet'],
  orderUnreadable: [503, 'The order has an event that this version cannot read'],
});
