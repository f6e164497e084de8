/**
 * What the relay publishes, heard as any subscriber of NATS hears it: without a consumer, a place to go on from, or acks.
 * The server writes one message and keeps nothing. A subscription outlives reconnects, not what was published meanwhile.
 */
import type { Logger } from '@eventstream/platform';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { Hearsay } from '../port.ts';
import { parseEnvelope } from './envelope-headers.ts';
import { fieldsOfMessage } from './wire-headers.ts';

/** Hears over one connection, which stays the caller's. */
export function openHearsay(connection: NatsConnection, logger: Logger): Hearsay {
  return {
    listen(type, onEvent) {
      const callback = (fault: Error | null, message: Msg): void => {
        if (fault !== null) return logger.warn({ type, err: fault }, 'nothing is heard of this type any more');
        try {
          const { event, stub } = parseEnvelope(fieldsOfMessage(message), message.data);
          if (!stub && event.type === type) onEvent(event);
        } catch (error) {
          // Whose task it is to handle the event finds the same, and says so as an error.
          logger.debug({ type, err: error }, 'heard something that is no event');
        }
      };
      const subscription = connection.subscribe(type, { callback });
      return () => subscription.unsubscribe();
    },
  };
}
