/** The numbers of every follower, by its name. */
import { countBuckets, counter, gauge, histogram } from '@eventstream/platform';

export const followerPosition = gauge('follower_position', 'The checkpoint: everything up to here is in the rows', [
  'follower',
]);
export const followerLag = gauge('follower_lag_events', 'Events between the checkpoint and the head of the log', [
  'follower',
]);
export const pageEvents = histogram('follower_page_events', 'Events in one transaction', ['follower'], countBuckets);
/** `from` is broker or store. */
export const followedEvents = counter('follower_events_total', 'Events applied, by where they were read from', [
  'follower',
  'from',
]);
export const followerHalted = gauge('follower_halted', '1 while the follower refuses to go on', ['follower']);
export const followerPaused = gauge('follower_paused', '1 while something the follower depends on does not answer', [
  'follower',
]);
