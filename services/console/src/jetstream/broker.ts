/** The broker as the console sees it: connected to in the background, so that a console without a broker still shows that. */
import { ordersLog } from '@eventstream/contracts';
import type { BrokerFigures } from '@eventstream/messaging';
import { connectNats, natsReadiness, readBrokerFigures } from '@eventstream/messaging/jetstream';
import { CodedError, type Logger, messageOf, type Part, type Readiness } from '@eventstream/platform';
import { systemScheduler, waitFor } from '@eventstream/platform/scheduler';

/** A broker that may not be there yet. */
export interface Broker extends Part {
  readonly checks: readonly [Readiness];
  /** Rejects when the broker does not answer. */
  figures(): Promise<BrokerFigures>;
}

type Connection = Awaited<ReturnType<typeof connectNats>>;

/** Between tries at a broker that does not know us: somebody has to change its settings or ours. */
const tryAgainMs = 2_000;
const noAnswer = { reason: 'nats-server does not answer', nextStep: 'start it' };

/** Connects when it is started, and goes on trying for ever. */
export function consoleBroker(url: string, logger: Logger): Broker {
  const stopping = new AbortController();
  let connection: Connection | undefined;
  let missing: { readonly reason: string; readonly nextStep: string } = noAnswer;
  const keepTrying = async (): Promise<void> => {
    while (connection === undefined && !stopping.signal.aborted) {
      try {
        connection = await connectNats({ url, name: 'console', logger });
        if (stopping.signal.aborted) await connection.close();
      } catch (error) {
        missing = {
          reason: `nats-server refuses the console: ${messageOf(error)}`,
          nextStep: 'compare its users with NATS_URL; the console goes on trying',
        };
        logger.warn({ err: error }, 'nats-server cannot be reached');
        await waitFor(systemScheduler, tryAgainMs, stopping.signal);
      }
    }
  };
  return {
    name: 'nats',
    async start() {
      void keepTrying();
    },
    async stop() {
      stopping.abort();
      await connection?.close();
    },
    checks: [
      {
        name: 'nats',
        optional: true,
        check: async () => (connection === undefined ? { ok: false, ...missing } : natsReadiness(connection).check()),
      },
    ],
    async figures() {
      if (connection !== undefined) return readBrokerFigures(connection, ordersLog);
      throw new CodedError('broker_unavailable', missing.reason, { nextStep: missing.nextStep });
    },
  };
}
