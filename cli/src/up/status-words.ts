/** What `status` says of a number that is above 0: in words, and whose it is. Pure. */
import { labelsOf, type Sample } from '@eventstream/platform';

/** By metric. One that is not here is called by its name: docs/metrics.md explains each. */
const words: Readonly<Record<string, string>> = {
  relay_lag_events: 'events that are not at the broker yet',
  worker_lag_events: 'events that were not handed over yet',
  follower_lag_events: 'events that were not read yet',
  worker_waiting: 'work that waits for another attempt',
  orders_waiting: 'orders that wait to be paid or reviewed',
  worker_dead_letters_open: 'open dead letters',
  read_model_dead_letters_open: 'open dead letters',
  relay_halted: 'halted: waits for a person',
  worker_halted: 'halted: waits for a person',
  follower_halted: 'halted: waits for a person',
  worker_paused: 'paused: what it needs does not answer',
  follower_paused: 'paused: what it needs does not answer',
  circuit_open: 'refuses at once: what it needs does not answer',
};

/** What it counts. */
export function wordsOf({ name }: Sample): string {
  return words[name] ?? name;
}

/** The consumer, follower or whatever else its labels name. */
export function ownerOf(sample: Sample): string {
  return [...labelsOf(sample).values()].join(', ') || '-';
}
