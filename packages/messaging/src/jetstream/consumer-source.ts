/** Opens durable consumers on JetStream, all over one connection. */
import type { Logger } from '@eventstream/platform';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { ConsumerSource } from '../port.ts';
import { ConnectionWatch } from './connection-watch.ts';
import { DurableConsumer } from './durable-consumer.ts';

/** What the source needs. The connection stays the caller's. */
export interface JetStreamConsumerSourceOptions {
  readonly connection: NatsConnection;
  readonly logger: Logger;
}

/** Opens consumers over one connection. */
export async function openJetStreamConsumerSource(options: JetStreamConsumerSourceOptions): Promise<ConsumerSource> {
  const manager = await jetstreamManager(options.connection, { checkAPI: false });
  const client = manager.jetstream();
  const watch = new ConnectionWatch(options.connection);
  return {
    async consume(spec, startAfter, onDelivery, onLeft = () => {}) {
      const consumer = new DurableConsumer({
        ...options,
        manager,
        client,
        watch,
        spec,
        startAfter,
        onDelivery,
        onLeft,
      });
      consumer.start();
      return consumer;
    },
  };
}
