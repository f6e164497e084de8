/** The event store behind gRPC in a process of its own, as eventstoresvc serves it; without the relay, which other rows measure. */
import { eventStoreService } from '@eventstream/event-store/grpc';
import { startGrpcServer } from '@eventstream/platform/grpc';
import { quiet } from '../harness/open-database.ts';
import { openStore } from '../harness/open-store.ts';

const { store } = await openStore(process.argv[2] ?? '');
const server = await startGrpcServer({
  address: '127.0.0.1',
  port: 0,
  implementations: [eventStoreService({ store, logger: quiet })],
  logger: quiet,
});
process.stdout.write(`${server.port}\n`);
// Ends with whoever started it.
process.stdin.resume();
process.stdin.once('end', () => process.exit(0));
