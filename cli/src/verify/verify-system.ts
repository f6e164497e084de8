/** A verification of the system that a command works on, with its progress shown. */
import type { OrderId } from '@eventstream/contracts';
import type { VerificationReport } from '@eventstream/verification';
import { openVerification, type SystemVerification } from '@eventstream/verification/system';
import { type Connections, quietLogger } from '../connect/open.ts';
import type { SystemAddresses } from '../connect/system-addresses.ts';
import { type Progress, showProgress } from '../terminal/progress.ts';

/** Opens the system at these addresses, to be closed with the command's other connections. */
export function verificationOf(addresses: SystemAddresses, connections: Connections): SystemVerification {
  const verification = openVerification({
    databaseUrl: (database) => addresses.databaseUrl(database, 'verifier'),
    natsUrl: () => addresses.natsUrl(),
    applicationName: 'eventstream verify',
    logger: quietLogger,
  });
  connections.closeLater(() => verification.close());
  return verification;
}

/** Checks every promise, and shows how far that is. `acked`: orders that a client was told are stored. */
export async function verifyShown(
  verification: SystemVerification,
  acked?: ReadonlySet<OrderId>,
): Promise<VerificationReport> {
  const progress = shownByPhase();
  try {
    return await verification.verify({
      ...(acked === undefined ? {} : { acked }),
      onProgress: (phase, done, of) => progress.at(phase, done, of),
    });
  } finally {
    progress.end();
  }
}

/** A bar for the orders, then one for the broker. */
function shownByPhase(): { at(phase: 'orders' | 'broker', done: number, of: number): void; end(): void } {
  let phase: string | undefined;
  let shown: Progress | undefined;
  return {
    at(next, done, of) {
      if (next !== phase) {
        shown?.end();
        shown = showProgress(`verifying ${next}`);
        phase = next;
      }
      shown?.at(done, of);
    },
    end: () => shown?.end(),
  };
}
