/** Whether a connection is up, and a call when it breaks. The client's own status is an iterator that cannot be left early. */
import { CodedError } from '@eventstream/platform';
import type { NatsConnection } from '@nats-io/transport-node';

/** Watches one connection for as long as it lives. */
export class ConnectionWatch {
  readonly #listeners = new Set<(reason: string) => void>();
  #connected: boolean;

  constructor(connection: NatsConnection) {
    this.#connected = !connection.isClosed();
    void this.#follow(connection);
  }

  /** Up, as far as the client knows; a dead peer is noticed within 20 s. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Calls back each time the connection breaks or closes. Returns how to end that. */
  onBreak(listener: (reason: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Runs a request, and rejects with `broker_unavailable` at once when the connection is down or breaks meanwhile: the
   * client would wait out its timeout for an answer that can't come.
   */
  async whileConnected<T>(request: () => Promise<T>): Promise<T> {
    if (!this.#connected) throw unavailable('not connected to nats-server');
    const { promise: broken, reject } = Promise.withResolvers<never>();
    const unwatch = this.onBreak((reason) => reject(unavailable(reason)));
    try {
      return await Promise.race([request(), broken]);
    } finally {
      unwatch();
    }
  }

  async #follow(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === 'reconnect') this.#connected = true;
      else if (status.type === 'disconnect') this.#break('the connection to nats-server broke');
    }
    this.#break('the connection to nats-server was closed');
  }

  #break(reason: string): void {
    this.#connected = false;
    for (const listener of this.#listeners) listener(reason);
  }
}

function unavailable(reason: string): CodedError {
  return new CodedError('broker_unavailable', reason, { nextStep: 'start nats-server; we reconnect by ourselves' });
}
