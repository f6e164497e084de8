/** A port as Linux gives it to a connection that goes out: nobody listens there, and nobody else may. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';

/** A port that is held until `release` is called. */
export interface HeldPort {
  readonly port: number;
  release(): void;
}

/** Nobody has it, in all of so many tries. */
const triesMax = 100;

/**
 * Holds one that nobody else holds as well: Linux gives a port to several connections, as long as they go to different
 * places, and `release` frees only ours. Whoever asks ends it with `release`, or the test's process goes on.
 */
export async function holdPort(): Promise<HeldPort> {
  for (let tries = 1; ; tries += 1) {
    const held = await holdAny();
    if (holdersOf(held.port) <= 1) return held;
    held.release();
    if (tries === triesMax) throw new Error(`each of ${triesMax} ports is held by other connections as well`);
  }
}

async function holdAny(): Promise<HeldPort> {
  const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('a server that listens has an address');
  const connection = connect(address.port, '127.0.0.1');
  await once(connection, 'connect');
  const { localPort } = connection;
  if (localPort === undefined) throw new Error('a connection that is open has a port');
  return {
    port: localPort,
    release() {
      connection.resetAndDestroy(); // one that ends in order keeps its port for a minute
      server.close();
    },
  };
}

/** How many sockets have the port at this end, also those that have ended and keep it for a minute. Other systems than Linux: 0. */
function holdersOf(port: number): number {
  if (process.platform !== 'linux') return 0;
  const localPort = port.toString(16).toUpperCase().padStart(4, '0');
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n');
  return lines.filter((line) => line.trim().split(/\s+/)[1]?.endsWith(`:${localPort}`)).length;
}
