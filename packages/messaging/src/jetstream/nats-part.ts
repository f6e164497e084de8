/** A connection as a part of a process: drained when the process stops, so that what was acked has been sent. */
import type { Service } from '@eventstream/platform';
import type { NatsConnection } from '@nats-io/transport-node';

/** Closes the connection when the process stops. It was opened before, and reconnects by itself. */
export function natsPart(connection: NatsConnection): Service {
  return {
    name: 'nats',
    start: async () => {},
    stop: async () => {
      if (!connection.isClosed()) await connection.drain();
    },
  };
}
