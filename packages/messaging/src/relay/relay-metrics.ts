/** The relay's numbers at /metrics. */
import { counter, gauge } from '@eventstream/platform';

/** By log. */
export const relayMetrics = {
  lag: gauge('relay_lag_events', 'Events that are stored and not yet at the broker', ['log']),
  published: counter('relay_published_total', 'Events that the broker has acknowledged', ['log']),
  resyncs: counter('relay_resyncs_total', 'Looks at the broker and the store, at the start and after each doubt', [
    'log',
  ]),
  brokerLost: counter('relay_broker_lost_total', 'Acknowledged events that the broker had lost', ['log']),
  stubs: counter('relay_stubs_total', 'Events published as a stub because the broker refuses them', ['log']),
  halted: gauge('relay_halted', '1 while the relay waits for a decision of people', ['log']),
  leading: gauge('relay_leading', '1 while this instance leads', ['log']),
};
