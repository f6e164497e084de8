/**
 * Listens on one port with many sockets. Node accepts one connection from a listening socket each time it has looked at
 * all other sockets (libuv, pull request 3696). While a thousand connections bring one request after the other, that is
 * forty a second: of 4,000 customers who came at once, the last were accepted when the others had gone, 14 s later.
 * Linux spreads connections over sockets that share a port (SO_REUSEPORT, socket(7)), so that each round takes one from
 * each.
 */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { HttpApp } from './server.ts';

/** Where to listen. */
interface Place {
  readonly host: string;
  readonly port: number;
}

/** Connections the kernel holds for each socket while this process is busy; a flood must not be refused before we see it. */
const backlog = 4096;
/** Of 4,000 connections that keep asking, the last is taken within 3 s; with sixteen it took 11. */
const sockets = 64;
/** On other systems sharing a port means something else, or is not possible. */
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
  boundConnections(app.server);
  const handOver = (socket: Socket): boolean => app.server.emit('connection', socket);
  const beside = Array.from({ length: sockets - 1 }, () => createServer({ noDelay: true }, handOver));
  const ended = beside.map((server) => new Promise((resolve) => server.once('close', resolve)));
  app.addHook('preClose', async () => {
    for (const server of beside) server.close();
  });
  // A port that the system chooses is free.
  if (port !== 0) await mustBeFree({ host, port });
  const together = { host, port, backlog, reusePort: true };
  await app.listen(together);
  const taken = app.server.address();
  if (typeof taken !== 'object' || taken === null) throw new Error('a server that listens has no port');
  for (const server of beside) await listening(server, { ...together, port: taken.port });
  return { ended: () => Promise.all(ended) };
}

/** Ends connections beyond `maxConnections`, of which Node counts only those of the server's own socket. */
function boundConnections(server: HttpApp['server']): void {
  let open = 0;
  server.prependListener('connection', (socket: Socket) => {
    open += 1;
    socket.once('close', () => {
      open -= 1;
    });
    if (open > server.maxConnections) socket.destroy();
  });
}

/** A socket that shares a port is not refused when others share it too, so one that does not share tries first. */
async function mustBeFree(place: Place): Promise<void> {
  const asking = createServer();
  await listening(asking, place);
  asking.close();
  await once(asking, 'close');
}

async function listening(server: Server, options: Parameters<Server['listen']>[0]): Promise<void> {
  const listens = once(server, 'listening'); // rejects with what is emitted as `error`
  server.listen(options);
  await listens;
}
