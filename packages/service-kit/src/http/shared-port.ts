/**
 * Listens on one port with several sockets. Node takes one connection from a listening socket each time it looks at its
 * sockets, however many wait (libuv, pull request 3696). While each look brings a thousand requests, that is some forty connections
 * a second: of 4,000 customers who came at once, the last were answered when the others had gone, 14 s later. Linux
 * spreads connections over sockets that share a port (SO_REUSEPORT, socket(7)), so that each look takes one from each.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { HttpApp } from './server.ts';

/** Where to listen. */
interface Place {
  readonly host: string;
  readonly port: number;
}

/** Connections the kernel holds for each socket while this process is busy; a flood must not be refused before we see it. */
const backlog = 4096;
/** A thousand connections are taken within 60 looks. */
const socketsBeside = 15;
/** Elsewhere sockets that share a port mean other things, or nothing. */
const canShare = process.platform === 'linux';

/** What was opened. */
export interface SharedPort {
  /** Resolves when the connections have ended that came by the sockets beside the server's own. The app's `close` ends the listening. */
  ended(): Promise<unknown>;
}

/** Rejects as `listen` does when the port is taken, also by somebody who would share it. */
export async function listenTogether(app: HttpApp, { host, port }: Place): Promise<SharedPort> {
  if (!canShare) {
    await app.listen({ host, port, backlog });
    return { ended: async () => undefined };
  }
  // Connections come to each about as often: near the limit of all, one that has its share may refuse while others have room.
  app.server.maxConnections = Math.ceil(app.server.maxConnections / (socketsBeside + 1));
  const beside = Array.from({ length: socketsBeside }, () => handOver(app));
  const ended = beside.map((server) => new Promise((resolve) => server.once('close', resolve)));
  app.addHook('preClose', async () => {
    for (const server of beside) server.close();
  });
  const together = { host, port: await freePort({ host, port }), backlog, reusePort: true };
  await app.listen(together);
  for (const server of beside) await listening(server, together);
  return { ended: () => Promise.all(ended) };
}

/** A socket's server whose connections are the app's. */
function handOver(app: HttpApp): Server {
  const server = createServer({ noDelay: true }, (socket) => app.server.emit('connection', socket));
  server.maxConnections = app.server.maxConnections;
  return server;
}

/** Whoever shares a port is not told that it is taken; so it is asked first by one who would not share. */
async function freePort(place: Place): Promise<number> {
  const asking = createServer();
  await listening(asking, place);
  const address = asking.address();
  asking.close();
  await once(asking, 'close');
  return typeof address === 'object' && address !== null ? address.port : place.port;
}

async function listening(server: Server, options: Parameters<Server['listen']>[0]): Promise<void> {
  const listens = once(server, 'listening'); // rejects with what is emitted as `error`
  server.listen(options);
  await listens;
}
