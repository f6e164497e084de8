/** What can be wrong with a call to the console, beside what can be wrong with any call. Each has a page in docs/problems. */
import { defineProblems } from '@eventstream/service-kit';

/** The problem types of this service. */
export const consoleProblems = defineProblems({
  csrfTokenWrong: [403, 'The request lacks the token of this session'],
  orderNotFound: [404, 'There is no such order'],
  traceNotFound: [404, 'The trace is not held'],
  deadLetterNotFound: [404, 'There is no such dead letter'],
  deadLetterDecided: [409, 'Somebody has decided about this dead letter already'],
  searchTooWide: [422, 'The search would have to look at too many orders'],
  burstRunning: [409, 'A burst of orders is under way'],
  verifyRunning: [409, 'A verification is under way'],
  verifyUnavailable: [503, 'The verification cannot be run from here'],
  ordersRefused: [409, 'ordersvc refuses this'],
});
