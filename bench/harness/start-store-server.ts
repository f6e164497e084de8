/** Starts `contenders/store-server.ts` beside this process and opens a client of it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { EventStore } from '@eventstream/event-store';
import { grpcEventStore } from '@eventstream/event-store/grpc';
import { heapFlags } from '../../cli/src/up/heap-flags.ts';
import { quiet } from './open-database.ts';

const program = join(import.meta.dirname, '..', 'contenders', 'store-server.ts');

/** With the memory settings of an eventstoresvc that `eventstream up` starts. Resolves when it listens. It ends when this process does. */
export async function startStoreServer(databaseUrl: string): Promise<EventStore> {
  const flags = [...heapFlags('pages'), '--disable-warning=ExperimentalWarning'];
  const child = spawn(process.execPath, [...flags, program, databaseUrl], { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  const port = /^(\d+)\n$/.exec(said)?.[1];
  if (port === undefined) throw new Error('the store’s server did not start');
  return grpcEventStore({ address: `127.0.0.1:${port}`, logger: quiet });
}
