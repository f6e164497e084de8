/** The numbers of every worker, by consumer. */
import { counter, gauge, histogram } from '@eventstream/platform';

/** Attempts by how they ended: done, retry, failed, deadLetter, infrastructure. */
export const handled = counter('worker_handled_total', 'Attempts at events, by how they ended', [
  'consumer',
  'outcome',
]);
export const handleSeconds = histogram('worker_handle_seconds', 'Duration of one attempt at an event', ['consumer']);
export const inFlight = gauge('worker_in_flight', 'Events in hand: running or waiting for their lane', ['consumer']);
export const consumerLag = gauge('worker_lag_events', 'Events of the type that the broker has not handed over yet', [
  'consumer',
]);
export const markPosition = gauge('worker_mark_position', 'Everything of the type up to here is settled', ['consumer']);
export const waitingWork = gauge('worker_waiting', 'Work that waits for another attempt or behind one', ['consumer']);
export const openDeadLetters = gauge('worker_dead_letters_open', 'Dead letters that nobody has resolved', ['consumer']);
export const undelivered = counter(
  'worker_undelivered_total',
  'Events found in the store that the broker did not deliver',
  ['consumer'],
);
export const halted = gauge('worker_halted', '1 while the reader refuses to go on', ['consumer']);
export const paused = gauge('worker_paused', '1 while something the reader depends on does not answer', ['consumer']);
