/** Ports on the loopback address: picking a free one, and asking whether a given one is free. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { CodedError } from '@eventstream/platform';

/** Linux hands out 32768 and above to outgoing connections, so a server port up there can be taken between the probe and the bind. */
const lowestPort = 15_000;
const highestPort = 32_767;
const maxProbes = 50;

/** True when a server could listen on `127.0.0.1:port` right now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    // Whoever connects in this moment must not hold up its end.
    const probe = createServer((stranger) => stranger.destroy());
    probe.once('error', () => resolve(false));
    probe.listen({ host: '127.0.0.1', port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/**
 * A random port on 127.0.0.1, below the ephemeral range, that nobody listens on at this moment.
 * It isn't reserved: the caller binds it soon, and tries another when somebody was faster.
 */
export async function freePort(): Promise<number> {
  for (let probes = 0; probes < maxProbes; probes++) {
    const port = randomInt(lowestPort, highestPort + 1);
    if (await isPortFree(port)) return port;
  }
  throw new CodedError('no_free_port', `No free port found on 127.0.0.1 in ${maxProbes} random tries.`, {
    details: { lowestPort, highestPort },
    nextStep: 'Give fixed ports instead, or end the programs that hold so many ports.',
  });
}
