/**
 * How far the broker's copy of a log and its consumers have got, for callers that must not judge while others lag.
 * Reads only.
 */
import { type LogName, position } from '@eventstream/contracts';
import { type ConsumerInfo, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { BrokerLag, ConsumerLag } from '../port.ts';
import { serverCodes, undefinedFor } from './server-codes.ts';

/** Asks over this connection, which stays the caller's. */
export async function openBrokerLag(connection: NatsConnection, log: LogName): Promise<BrokerLag> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  return {
    async copyLast() {
      const info = await manager.streams.info(log).catch(undefinedFor(serverCodes.streamNotFound));
      return info && position(info.state.last_seq);
    },
    async consumerLag(name) {
      const missing = undefinedFor(serverCodes.consumerNotFound, serverCodes.streamNotFound);
      const info = await manager.consumers.info(log, name).catch(missing);
      return info && lagOf(info);
    },
  };
}

/** The broker's words in ours. */
export function lagOf(info: ConsumerInfo): ConsumerLag {
  return {
    pending: info.num_pending,
    unsettled: info.num_ack_pending,
    redelivered: info.num_redelivered,
    deliveredTo: position(info.delivered.stream_seq),
  };
}
