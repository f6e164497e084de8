/** One real nats-server per test process, with JetStream, on a free port, gone when the tests are over. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { type LocalNatsServer, type NatsServerOptions, startNatsServer } from '@eventstream/local-servers';

let shared: Promise<LocalNatsServer> | undefined;
const cleanups: (() => Promise<void>)[] = [];

// Registered while the module loads, so that it belongs to the whole file and not to the test that asked first.
after(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup();
});

/** The server that all tests of this process share. Tests keep apart by using logs of their own. */
export function testNats(): Promise<LocalNatsServer> {
  shared ??= ownNats();
  return shared;
}

/** A server for one test that stops, kills or restores it. Stopped and removed in the end if the test does not. */
export async function ownNats(options: Partial<NatsServerOptions> = {}): Promise<LocalNatsServer> {
  const storeDir = options.storeDir ?? (await temporaryFolder());
  const server = await startNatsServer({ ...options, storeDir });
  cleanups.push(() => server.stop());
  return server;
}

/** An empty folder that is removed when the tests are over. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'eventstream-test-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
