/**
 * A port that is taken though no server has it. Linux gives ports from 32768 on to connections that go out, so 50051 may be one
 * of them, and keeps it for a minute after such a connection has ended. Whoever wants to listen there has only to wait.
 */
import { connect, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { CodedError, codeOf, messageOf } from './coded-error.ts';

/** A minute for a connection that has ended, and some seconds for it to end. */
const heldMsMax = 65_000;
const againMs = 250;

/** Where somebody wants to listen. */
export interface WantedPort {
  readonly host: string;
  readonly port: number;
  /** Called once, when it has to be waited for. */
  readonly onHeld: () => void;
  /** How long to wait. Default 65 s. */
  readonly waitMs?: number;
}

/**
 * Resolves when a server could listen there, after waiting for a connection that holds the port. Rejects with the system's
 * error when a server answers there, or listening fails for another reason. @throws CodedError `port_held` when it is held too long.
 */
export async function awaitFreePort({ host, port, onHeld, waitMs = heldMsMax }: WantedPort): Promise<void> {
  const untilMs = performance.now() + waitMs;
  for (let isFirst = true; ; isFirst = false) {
    try {
      await listenOnce(host, port);
      return;
    } catch (error) {
      if (!isAddressInUse(error) || (await answers(host, port))) throw error;
      if (performance.now() >= untilMs) throw portHeld(port, error);
    }
    if (isFirst) onHeld();
    await wait(againMs);
  }
}

function listenOnce(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    // Whoever connects in this moment must not hold up its end.
    const probe = createServer((stranger) => stranger.destroy());
    probe.once('error', reject);
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve()));
  });
}

/** Whether listening failed because the port is taken. */
export function isAddressInUse(error: unknown): boolean {
  // grpc-js wraps the system's error and keeps only its text.
  return codeOf(error) === 'EADDRINUSE' || messageOf(error).includes('EADDRINUSE');
}

/** True when a server takes connections there. */
function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = connect({ host, port });
    asking.once('connect', () => {
      // Linux may give this very port to the one who asks, too: that one has then reached itself, and no server.
      resolve(asking.localPort !== port);
      asking.destroy();
    });
    asking.once('error', (error) => resolve(codeOf(error) !== 'ECONNREFUSED'));
  });
}

function portHeld(port: number, cause: unknown): CodedError {
  return new CodedError('port_held', `port ${port} is held by a connection that goes out from it`, {
    details: { port },
    cause,
    nextStep: `end that connection, or use another port; as root, \`sysctl -w net.ipv4.ip_local_reserved_ports=${port}\` keeps Linux from giving this one away`,
  });
}
