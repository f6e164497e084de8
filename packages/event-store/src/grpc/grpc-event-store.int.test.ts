import { incarnation } from '@eventstream/contracts';
import { createLogger, newId, systemClock } from '@eventstream/platform';
import { startGrpcServer } from '@eventstream/platform/grpc';
import { eventStoreContract } from '@eventstream/testing/contracts';
import { memoryEventStore } from '../memory/index.ts';
import { grpcEventStore } from './client.ts';
import { eventStoreService } from './server.ts';

const logger = createLogger({ service: 'test', level: 'silent' });

eventStoreContract({
  name: 'gRPC client, server, memory',
  open: async ({ registry, queuedMax }) => {
    const store = memoryEventStore({
      registry,
      clock: systemClock,
      newIncarnation: () => incarnation(newId()),
      ...(queuedMax === undefined ? {} : { queuedMax }),
    });
    const implementations = [eventStoreService({ store, logger })];
    const server = await startGrpcServer({ address: '127.0.0.1', port: 0, implementations, logger });
    const client = grpcEventStore({ address: `127.0.0.1:${server.port}`, logger });
    return {
      append: (write, options) => client.append(write, options),
      readStream: (name, stream, range) => client.readStream(name, stream, range),
      readLog: (name, after, options) => client.readLog(name, after, options),
      readPositions: (name, after, filter) => client.readPositions(name, after, filter),
      head: (name) => client.head(name),
      subscribe: (name, after, options) => client.subscribe(name, after, options),
      close: async () => {
        await client.close();
        await server.stop();
        await store.close();
      },
    };
  },
});
