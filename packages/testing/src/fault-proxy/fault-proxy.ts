/**
 * A TCP proxy that stands in a link between two processes and breaks it on demand: late, slow, cut, silent, half-open.
 * Which connections a fault meets is drawn from the given random numbers. Loopback only.
 */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { Connection } from './connection.ts';
import type { LinkFault } from './link-fault.ts';

/** Where a proxy stands. */
export interface FaultProxyOptions {
  /** The server behind it, at 127.0.0.1. */
  readonly targetPort: number;
  /** Default: any free one. */
  readonly port?: number;
  /** From 0 up to 1, each time. */
  readonly random: () => number;
}

/** Opens one, without a fault. */
export async function openFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new FaultProxy(options);
  await proxy.listen(options.port ?? 0);
  return proxy;
}

/** The proxy. */
export class FaultProxy {
  readonly #options: FaultProxyOptions;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  #fault: LinkFault | undefined;
  #share = 1;
  #accepted = 0;
  #met = 0;

  constructor(options: FaultProxyOptions) {
    this.#options = options;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (caller) => this.#accept(caller));
  }

  /** Begins to listen; called once. */
  async listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get port(): number {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('the proxy does not listen');
    return address.port;
  }

  /** Connections that it has taken so far. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#connections.size;
  }

  /** How many connections a fault has met so far, each as often as it did. */
  get met(): number {
    return this.#met;
  }

  /** From now on this is wrong, with about `share` of the connections there are and of those that come. */
  impose(fault: LinkFault, share = 1): void {
    this.#fault = fault;
    this.#share = share;
    for (const connection of this.#connections) this.#maybeMeet(connection);
  }

  /** Nothing is wrong any more. */
  heal(): void {
    this.#fault = undefined;
    for (const connection of this.#connections) connection.suffer(undefined);
  }

  /** Breaks everything off and listens no more. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const connection of this.#connections) connection.reset();
    await closed;
  }

  #accept(caller: Socket): void {
    this.#accepted += 1;
    const { targetPort, random } = this.#options;
    const connection = new Connection({
      caller,
      target: { host: '127.0.0.1', port: targetPort },
      random,
      onClosed: () => this.#connections.delete(connection),
    });
    this.#connections.add(connection);
    // A link that was broken once is whole for whoever comes anew.
    if (this.#fault?.kind !== 'reset' && this.#fault?.kind !== 'halfOpen') this.#maybeMeet(connection);
  }

  #maybeMeet(connection: Connection): void {
    const fault = this.#fault;
    const isMeant = fault !== undefined && this.#options.random() < this.#share;
    if (isMeant) this.#met += 1;
    connection.suffer(isMeant ? fault : undefined);
  }
}
