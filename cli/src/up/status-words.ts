/** What `status` says of a number that is above 0: in words, and whose it is. Pure. */
import { labelsOf, type Sample } from '@eventstream/platform';

/** By metric. One that is not here is called by its name: docs/metrics.md explains each. */
const words: Readonly<Record<string, string>> = {
  relay_lag_events: 'events not at the broker yet',
  worker_lag_events: 'events not handed over yet',
  follower_lag_events: 'events not read yet',
  worker_waiting: 'work to be tried again',
  orders_waiting: 'orders to be paid or reviewed',
  worker_dead_letters_open: 'open dead letters',
  read_model_dead_letters_open: 'open dead letters',
  relay_halted: 'halted: waits for a person',
  worker_halted: 'halted: waits for a person',
  follower_halted: 'halted: waits for a person',
  worker_paused: 'paused: what it needs does not answer',
  follower_paused: 'paused: what it needs does not answer',
  circuit_open: 'refuses at once: its store is silent',
};

/** What it counts. */
export function wordsOf({ name }: Sample): string {
  return words[name] ?? name;
}

/** Whose it is: a consumer that is called after its process, or the process. */
export function ownerOf(sample: Sample & { readonly process: string }): string {
  return [...labelsOf(sample).values()].find((name) => name.startsWith(sample.process)) ?? sample.process;
}
