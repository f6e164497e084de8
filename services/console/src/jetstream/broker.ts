/** The broker as the console sees it: connected to in the background, so that a console without a broker still shows that. */
import { ordersLog } from '@eventstream/contracts';
import type { BrokerFigures } from '@eventstream/messaging';
import { connectNats, natsReadiness, readBrokerFigures } from '@eventstream/messaging/jetstream';
import { CodedError, type Logger, type Part, type Readiness } from '@eventstream/platform';

/** A broker that may not be there yet. */
export interface Broker extends Part {
  readonly checks: readonly [Readiness];
  /** Rejects when the broker does not answer. */
  figures(): Promise<BrokerFigures>;
}

type Connection = Awaited<ReturnType<typeof connectNats>>;

/** Connects when it is started, and goes on trying for ever. */
export function natsBroker(url: string, logger: Logger): Broker {
  let connection: Connection | undefined;
  let isStopped = false;
  const connected = (): Connection => {
    if (connection !== undefined) return connection;
    throw new CodedError('broker_unavailable', 'nats-server does not answer', { nextStep: 'start it' });
  };
  return {
    name: 'nats',
    async start() {
      void connectNats({ url, name: 'console', logger }).then(
        (opened) => {
          connection = opened;
          return isStopped ? opened.close() : undefined;
        },
        (error: unknown) => logger.warn({ err: error }, 'nats-server cannot be reached'),
      );
    },
    async stop() {
      isStopped = true;
      await connection?.close();
    },
    checks: [
      {
        name: 'nats',
        optional: true,
        check: async () =>
          connection === undefined
            ? { ok: false, reason: 'nats-server does not answer', nextStep: 'start it' }
            : natsReadiness(connection).check(),
      },
    ],
    figures: () => readBrokerFigures(connected(), ordersLog),
  };
}
