import { randomUUID } from 'node:crypto';
import { logName } from '@eventstream/contracts';
import { createLogger } from '@eventstream/platform';
import { messagingContract } from '@eventstream/testing/contracts';
import { testNats } from '@eventstream/testing/harness';
import { connectNats } from './connect-nats.ts';
import { openJetStreamConsumerSource } from './consumer-source.ts';
import { openHearsay } from './hearsay.ts';
import { openJetStreamLogCopy } from './log-copy.ts';

messagingContract({
  name: 'JetStream',
  open: async ({ bytesMax = 10_000_000 }) => {
    const logger = createLogger({ service: 'test', level: 'silent' });
    const connection = await connectNats({ url: (await testNats()).url, name: 'test', logger });
    const name = logName(`T${randomUUID().slice(0, 8).toUpperCase()}`);
    const settings = { maxBytes: bytesMax };
    const copy = await openJetStreamLogCopy({ connection, log: name, settings, ackWaitMs: 1_000 });
    return {
      log: name,
      copy,
      source: await openJetStreamConsumerSource({ connection, logger }),
      hearsay: openHearsay(connection, logger),
      close: async () => {
        await copy.destroy();
        await connection.drain();
      },
    };
  },
});
