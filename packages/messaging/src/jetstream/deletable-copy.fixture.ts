/** A copy in which holes can be made: the product's own streams refuse that for ever. */
import type { Incarnation, LogName, Position } from '@eventstream/contracts';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { JetStreamLogCopy } from './log-copy.ts';

/** Such a copy, empty. */
export interface DeletableCopy {
  readonly manager: JetStreamManager;
  deleteAt(position: Position): Promise<void>;
}

/** Makes the copy as the product would, and again with deletion allowed. */
export async function createDeletable(of: {
  readonly connection: NatsConnection;
  readonly copy: JetStreamLogCopy;
  readonly log: LogName;
  readonly life: Incarnation;
}): Promise<DeletableCopy> {
  const { connection, copy, log, life } = of;
  const manager = await jetstreamManager(connection);
  await copy.create(life);
  const { config } = await manager.streams.info(log);
  await manager.streams.delete(log);
  await manager.streams.add({ ...config, deny_delete: false });
  return {
    manager,
    async deleteAt(position) {
      await manager.streams.deleteMessage(log, position);
    },
  };
}
