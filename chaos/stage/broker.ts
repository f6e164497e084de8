/** The real broker of a run: one nats-server, or three as a cluster. */
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  findNatsServer,
  freePort,
  type LocalNatsServer,
  type NatsServerOptions,
  startNatsServer,
} from '@eventstream/local-servers';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

/** Where it lives. */
export interface BrokerPlace {
  readonly folder: string;
  readonly logFolder: string;
  /** 1, or 3 as a cluster. */
  readonly nodes: 1 | 3;
  /** Puts something into the link to a port at which one node listens to the others; answers its port. */
  readonly standBefore: (routePort: number, node: string) => Promise<number>;
}

/** Where a node listens to the others, and where they find it. */
interface Route {
  readonly port: number;
  readonly throughPort: number;
}

interface Node {
  readonly options: NatsServerOptions;
  server: LocalNatsServer;
}

/** As `npm start` has it. */
const restart = { firstMs: 200, maxMs: 10_000, stableMs: 30_000, unreadyMaxMs: 20_000 };

const streams = Compile(
  Type.Object({
    account_details: Type.Array(
      Type.Object({
        stream_detail: Type.Array(
          Type.Object({
            name: Type.String(),
            cluster: Type.Optional(Type.Object({ leader: Type.Optional(Type.String()) })),
          }),
        ),
      }),
    ),
  }),
);

/** Starts it; a node comes back by itself when it dies. */
export async function openBroker({ folder, logFolder, nodes, standBefore }: BrokerPlace): Promise<Broker> {
  const program = await findNatsServer();
  const routes: Route[] = [];
  for (let at = 0; at < nodes; at += 1) {
    const port = await freePort();
    routes.push({ port, throughPort: nodes === 1 ? port : await standBefore(port, nameOf(at)) });
  }
  const started = routes.map(async (route, at): Promise<Node> => {
    const options: NatsServerOptions = {
      storeDir: join(folder, nameOf(at)),
      port: await freePort(),
      monitorPort: await freePort(),
      program,
      logFile: join(logFolder, `${nameOf(at)}.log`),
      restart,
      ...(nodes === 1 ? {} : { configuration: clusterText(at, route, routes) }),
    };
    return { options, server: await startNatsServer(options) };
  });
  return new Broker(await Promise.all(started));
}

function nameOf(at: number): string {
  return `nats-${at + 1}`;
}

/** Nobody is told other addresses, neither clients nor nodes: they would go past the proxies. */
function clusterText(at: number, own: Route, routes: readonly Route[]): string {
  const others = routes.filter((route) => route !== own).map((route) => `"${addressOf(route)}"`);
  return [
    `server_name: "${nameOf(at)}"`,
    'cluster {',
    '  name: "chaos"',
    `  listen: "127.0.0.1:${own.port}"`,
    `  advertise: "127.0.0.1:${own.throughPort}"`,
    '  no_advertise: true',
    `  routes: [${others.join(', ')}]`,
    '}',
  ].join('\n');
}

function addressOf({ throughPort }: Route): string {
  return `nats-route://127.0.0.1:${throughPort}`;
}

/** The broker. */
export class Broker {
  readonly #nodes: readonly Node[];

  constructor(nodes: readonly Node[]) {
    this.#nodes = nodes;
  }

  /** Ports of the nodes, for clients. */
  get ports(): readonly number[] {
    return this.#nodes.map(({ server }) => server.port);
  }

  /** Stops a node, does something to its folder, and starts it again. */
  async restart(at: number, meanwhile: (store: string) => Promise<void> | void = () => {}): Promise<void> {
    const node = this.#nodeAt(at);
    await node.server.stop();
    try {
      await meanwhile(join(node.options.storeDir, 'jetstream'));
    } finally {
      node.server = await startNatsServer(node.options);
    }
  }

  /** kill -9; it comes back by itself. */
  async kill(at: number): Promise<void> {
    const { server } = this.#nodeAt(at);
    await server.kill();
    await server.process.ready(60_000);
  }

  pidOf(at: number): number | undefined {
    return this.#nodeAt(at).server.pid;
  }

  /** Number of the node that leads the stream; a node that is alone leads. */
  async leaderOf(stream: string): Promise<number | undefined> {
    if (this.#nodes.length === 1) return 0;
    for (const { server } of this.#nodes) {
      const leader = await askLeader(server.monitorPort, stream).catch(() => undefined);
      const at = this.#nodes.findIndex((_node, index) => nameOf(index) === leader);
      if (at >= 0) return at;
    }
    return undefined;
  }

  async ready(): Promise<void> {
    await Promise.all(this.#nodes.map(({ server }) => server.process.ready(60_000)));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#nodes.map(({ server }) => server.stop()));
  }

  #nodeAt(at: number): Node {
    const node = this.#nodes[at];
    if (node === undefined) throw new Error(`there is no node ${at}`);
    return node;
  }
}

async function askLeader(monitorPort: number, stream: string): Promise<string | undefined> {
  const answer = await fetch(`http://127.0.0.1:${monitorPort}/jsz?streams=true`, {
    signal: AbortSignal.timeout(2_000),
  });
  const json: unknown = await answer.json();
  if (!streams.Check(json)) return undefined;
  const found = json.account_details.flatMap((account) => account.stream_detail).find(({ name }) => name === stream);
  return found?.cluster?.leader;
}

/** Puts a copy of a store aside, or back. */
export function copyStore(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  if (existsSync(from)) cpSync(from, to, { recursive: true });
}
