/** Everything that a run plays on: servers, proxies in every link between them, and the system. */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@eventstream/local-servers';
import { type FaultProxy, openFaultProxy } from '@eventstream/testing/fault-proxy';
import { operatorRole, servicePlans, verifierRole } from '../../cli/src/up/services.ts';
import type { Draw } from '../draw.ts';
import { type Broker, openBroker } from './broker.ts';
import { FailpointFolder } from './failpoint-folder.ts';
import { openPostgres, type Postgres } from './postgres.ts';
import { freePorts, openSystem, type System } from './system.ts';

/** A link with a proxy in it, named after what is at its other end. */
export const linkNames = ['postgres', 'broker', 'eventstoresvc', 'paymentgateway', 'nodes'] as const;
/** One of them. */
export type LinkName = (typeof linkNames)[number];

/** Everything. */
export interface Stage {
  readonly postgres: Postgres;
  readonly broker: Broker;
  /** The proxies of each link; a cluster has one for each node, twice: to clients, and to the other nodes. */
  readonly links: Readonly<Record<LinkName, readonly FaultProxy[]>>;
  readonly failpoints: FailpointFolder;
  readonly system: System;
  readonly folder: string;
  /** Stops everything. */
  close(): Promise<void>;
}

/** How it is set up. */
export interface StageOptions {
  /** Exists, and others may pass through it. */
  readonly folder: string;
  readonly nodes: 1 | 3;
  readonly draw: Draw;
}

/** So that nothing waits for minutes in a run of minutes. Deadlines are short, so that they really pass. */
const settings = {
  TRACES_EXPORTER: 'none',
  GATEWAY_TIMEOUT: '1s',
  GATEWAY_SLOW: '300ms',
  PAYMENT_WITHIN: '15s',
  REVIEW_WITHIN: '12s',
};

/** Starts all of it, and resolves when every service is ready. When that fails, nothing is left running. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const { folder, draw, nodes } = options;
  const opened: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of opened.splice(0).toReversed()) await one();
  };
  try {
    const logFolder = join(folder, 'logs');
    mkdirSync(logFolder, { recursive: true });
    const postgres = await openPostgres({
      dataDir: join(folder, 'postgres'),
      port: await freePort(),
      logFile: join(logFolder, 'postgres.log'),
      settings: { max_wal_size: '128MB' },
    });
    opened.push(() => postgres.stop());
    const stand = async (targetPort: number, name: string): Promise<FaultProxy> => {
      const random = draw.fork(`connections to ${name}`).next;
      const proxy = await openFaultProxy({ targetPort, random, port: await freePort() });
      opened.push(() => proxy.close());
      return proxy;
    };
    const nodeLinks: FaultProxy[] = [];
    const standBefore = async (routePort: number, node: string): Promise<number> => {
      const proxy = await stand(routePort, `routes of ${node}`);
      nodeLinks.push(proxy);
      return proxy.port;
    };
    const broker = await openBroker({ folder: join(folder, 'nats'), logFolder, nodes, standBefore });
    opened.push(() => broker.stop());
    const ports = await freePorts();
    const links = {
      postgres: [await stand(postgres.port, 'postgres')],
      broker: await Promise.all(broker.ports.map((port, at) => stand(port, `broker ${at}`))),
      eventstoresvc: [await stand(ports.eventstore, 'eventstoresvc')],
      paymentgateway: [await stand(ports.gateway, 'paymentgateway')],
      nodes: nodeLinks,
    };
    const failpoints = new FailpointFolder(join(folder, 'failpoints'));
    const system = await openSystem({
      dataDir: join(folder, 'system'),
      ports,
      env: {
        ...settings,
        ...addresses(postgres, links),
        ...(nodes === 3 ? { STREAM_REPLICAS: '3' } : {}),
        FAILPOINTS: failpoints.setting,
      },
    });
    opened.push(() => system.stop());
    return { postgres, broker, links, failpoints, system, folder, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What the system is told: every server is where its proxy is. The bootstrapper as well. */
function addresses(postgres: Postgres, links: Stage['links']): Record<string, string> {
  const portOf = (name: LinkName): number => links[name][0]?.port ?? 0;
  const roles = [...servicePlans.map(({ name }) => name), verifierRole, operatorRole];
  const passwords = Object.fromEntries(roles.map((role) => [role, randomBytes(18).toString('base64url')]));
  return {
    SQL_URL: postgres.urlAt(portOf('postgres'), 'postgres'),
    ROLE_PASSWORDS: JSON.stringify(passwords),
    NATS_URL: links.broker.map(({ port }) => `nats://127.0.0.1:${port}`).join(','),
    EVENTSTORE_ADDRESS: `127.0.0.1:${portOf('eventstoresvc')}`,
    GATEWAY_URL: `http://127.0.0.1:${portOf('paymentgateway')}`,
  };
}
