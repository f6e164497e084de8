/** A port as Linux gives it to a connection that goes out: nobody listens there, and nobody else may. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** A port that is held until `release` is called. */
export interface HeldPort {
  readonly port: number;
  release(): void;
}

/** Holds one. Whoever asks ends it with `release`, or the test's process goes on. */
export async function holdPort(): Promise<HeldPort> {
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
