/** One connection to NATS that never gives up, notices a dead server within seconds, and says how it is. */
import { type Logger, messageOf, type Readiness, withoutPassword } from '@eventstream/platform';
import { systemScheduler, waitFor } from '@eventstream/platform/scheduler';
import {
  AuthorizationError,
  connect,
  InvalidArgumentError,
  type NatsConnection,
  type NodeConnectionOptions,
  UserAuthenticationExpiredError,
} from '@nats-io/transport-node';

/** Where to connect, and under which name the server shows us. */
export interface NatsOptions {
  /** `nats://[user:password@]host:port`, several separated by commas. */
  readonly url: string;
  readonly name: string;
  readonly logger: Logger;
  /** False: reject when no server answers at once, for commands that must come to an end. Default true. */
  readonly waitForServer?: boolean;
}

const pingIntervalMs = 10_000;
const pingsUnansweredMax = 2;
const reconnectWaitMs = 250;
const reconnectJitterMs = 250;
const requestTimeoutMs = 5_000;

/**
 * Connects, and waits for the server as long as that takes unless told not to; a server that refuses our credentials is
 * not waited for. Afterwards it reconnects by itself for ever, also to a server that refused us for a while; ask
 * `natsReadiness` whether it is up. Close it with `drain()`.
 */
export async function connectNats({ url, name, logger, waitForServer = true }: NatsOptions): Promise<NatsConnection> {
  const slow = setTimeout(() => logger.warn({ url: withoutPassword(url) }, 'waiting for nats-server'), 3_000);
  try {
    const connection = await firstConnection(connectionOptions(url, name), waitForServer);
    void reportStatus(connection, logger);
    return connection;
  } finally {
    clearTimeout(slow);
  }
}

/** Why no server answers at this address, within seconds; undefined when one does, also one that refuses us. */
export async function natsFault(options: Omit<NatsOptions, 'waitForServer'>): Promise<string | undefined> {
  try {
    const connection = await connectNats({ ...options, waitForServer: false });
    await connection.close();
    return undefined;
  } catch (error) {
    return isFinal(error) ? undefined : messageOf(error);
  }
}

/** Whether the connection is up at this moment. */
export function natsReadiness(connection: NatsConnection): Readiness {
  return {
    name: 'nats',
    async check() {
      if (connection.isClosed()) return { ok: false, reason: 'the connection to nats-server was closed' };
      try {
        await connection.flush();
        return { ok: true };
      } catch {
        return { ok: false, reason: `nats-server does not answer`, nextStep: 'start it; we reconnect by ourselves' };
      }
    },
  };
}

async function firstConnection(options: NodeConnectionOptions, waitForServer: boolean): Promise<NatsConnection> {
  for (;;) {
    try {
      return await connect(options);
    } catch (error) {
      if (!waitForServer || isFinal(error)) throw error;
      await waitFor(systemScheduler, reconnectWaitMs);
    }
  }
}

/** Whether trying again would not help, because the settings are wrong. */
function isFinal(error: unknown): boolean {
  return [AuthorizationError, UserAuthenticationExpiredError, InvalidArgumentError].some(
    (kind) => error instanceof kind,
  );
}

/**
 * Bounds how often each server is dialled, by a count of time that never jumps. It replaces the client's own wait,
 * which goes by the machine's clock: when that is set back by an hour, the client would not dial for an hour.
 */
function pacedDialling(): Pick<NodeConnectionOptions, 'reconnectDelayHandler' | 'reconnectToServer'> {
  const mayDialAtMs = new Map<string, number>();
  return {
    reconnectDelayHandler: () => Number.NEGATIVE_INFINITY,
    reconnectToServer([server]) {
      if (server === undefined) return null;
      const nowMs = systemScheduler.nowMs();
      const dialAtMs = Math.max(nowMs, mayDialAtMs.get(server.listen) ?? nowMs);
      mayDialAtMs.set(server.listen, dialAtMs + reconnectWaitMs + Math.random() * reconnectJitterMs);
      return { server, delay: dialAtMs - nowMs };
    },
  };
}

function connectionOptions(url: string, name: string): NodeConnectionOptions {
  const urls = url.split(',').map((one) => new URL(one.includes('://') ? one : `nats://${one}`));
  const first = urls[0];
  return {
    servers: urls.map((one) => one.host),
    name,
    // The client's own defaults give up after 20 s and notice a dead peer after minutes.
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    ...pacedDialling(),
    pingInterval: pingIntervalMs,
    maxPingOut: pingsUnansweredMax,
    timeout: requestTimeoutMs,
    // Otherwise the client records a stack trace with each request, in case it fails.
    noAsyncTraces: true,
    ...(first?.username ? { user: decodeURIComponent(first.username) } : {}),
    ...(first?.password ? { pass: decodeURIComponent(first.password) } : {}),
    ...(first?.protocol === 'tls:' ? { tls: {} } : {}),
  };
}

async function reportStatus(connection: NatsConnection, logger: Logger): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'disconnect') logger.warn({ server: status.server }, 'lost the connection to nats-server');
    else if (status.type === 'reconnect') logger.info({ server: status.server }, 'connected to nats-server again');
    else if (status.type === 'error') logger.error({ err: status.error }, 'nats-server reports an error');
  }
}
