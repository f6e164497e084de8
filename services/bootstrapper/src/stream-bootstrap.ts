/** Makes the log's copy at the broker, or reports how an existing one differs. A stream that is not ours is refused. */
import type { LogHead } from '@eventstream/contracts';
import { connectNats, type Drift, openJetStreamLogCopy, type StreamSettings } from '@eventstream/messaging/jetstream';
import type { Logger } from '@eventstream/platform';

/** Where the broker is, and what the copy should look like. */
export interface StreamBootstrapOptions {
  readonly natsUrl: string;
  readonly head: LogHead;
  readonly settings: Partial<StreamSettings>;
  readonly logger: Logger;
}

/** What was found. */
export interface StreamBootstrapReport {
  readonly created: boolean;
  readonly drifts: readonly Drift[];
}

/** Idempotent. Rejects with `stream_foreign` when something else has the place, and leaves it untouched. */
export async function bootstrapStream({
  natsUrl,
  head,
  settings,
  logger,
}: StreamBootstrapOptions): Promise<StreamBootstrapReport> {
  const connection = await connectNats({ url: natsUrl, name: 'bootstrapper', logger });
  try {
    const copy = await openJetStreamLogCopy({ connection, log: head.log, settings });
    const before = await copy.inspect();
    // Another life of the log is a drift, shown with the commands that lead out; it is not overwritten here.
    if (before.kind !== 'ours') await copy.create(head.incarnation);
    const drifts = await copy.drifts(head.incarnation);
    copy.close();
    return { created: before.kind === 'missing', drifts };
  } finally {
    await connection.drain();
  }
}
