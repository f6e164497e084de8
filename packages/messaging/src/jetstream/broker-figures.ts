/** What the broker says of its copy of a log and of every consumer on it: for people who look. Reads only. */
import type { LogName } from '@eventstream/contracts';
import { jetstreamManager } from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/transport-node';
import type { BrokerConsumer, BrokerFigures } from '../port.ts';
import { serverCodes, undefinedFor } from './server-codes.ts';

/** Our own consumers are a dozen; whoever has more sees the first of them. */
const consumersMax = 200;
const nanosPerMs = nanos(1);

/** Asks once, over this connection, which stays the caller's. */
export async function readBrokerFigures(connection: NatsConnection, log: LogName): Promise<BrokerFigures> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const version = connection.info?.version ?? null;
  const info = await manager.streams.info(log).catch(undefinedFor(serverCodes.streamNotFound));
  if (info === undefined) return { version, copy: undefined, consumers: [] };
  const consumers: BrokerConsumer[] = [];
  for await (const consumer of manager.consumers.list(log)) {
    consumers.push({
      name: consumer.name,
      pending: consumer.num_pending,
      unsettled: consumer.num_ack_pending,
      redelivered: consumer.num_redelivered,
      deliveredTo: consumer.delivered.stream_seq,
      settledTo: consumer.ack_floor.stream_seq,
    });
    if (consumers.length === consumersMax) break;
  }
  const { state, config } = info;
  return {
    version,
    copy: {
      messages: state.messages,
      bytes: state.bytes,
      first: state.first_seq,
      last: state.last_seq,
      bytesMax: config.max_bytes,
      ageMaxMs: config.max_age / nanosPerMs,
    },
    consumers,
  };
}
