/** Wiring of eventstoresvc: the log over SQL, served over gRPC, and the relay that copies it to the broker. */
import { orderEventTypes, ordersLog } from '@eventstream/contracts';
import { answerBytesMax } from '@eventstream/event-store';
import { eventStoreService } from '@eventstream/event-store/grpc';
import { sqlEventStore } from '@eventstream/event-store/sql';
import { connectNats, openJetStreamLogCopy } from '@eventstream/messaging/jetstream';
import { Relay } from '@eventstream/messaging/relay';
import { SqlRelayLease } from '@eventstream/messaging/sql';
import { runProcess } from '@eventstream/platform';
import { askToWrite, openSql, sqlPart } from '@eventstream/platform/sql';
import { grpcPart } from '@eventstream/service-kit/grpc';
import { copySettingsOf, currencyOf } from '@eventstream/service-kit/settings';
import { settings } from './config.ts';
import { seedService } from './grpc/seed-service.ts';
import { ownStorePart } from './own-store-part.ts';
import { RelayPart } from './relay-part.ts';

/** Every log of this store, and the types that belong to it. */
const registry = { types: new Map([[ordersLog, new Set<string>(Object.values(orderEventTypes))]]) };

await runProcess({
  name: 'eventstoresvc',
  settings,
  healthPort: 9101,
  async wire(setting, { logger, clock }) {
    const sql = openSql({
      url: setting.EVENTSTOREDB_URL,
      applicationName: 'eventstoresvc',
      maxConnections: setting.SQL_CONNECTIONS,
      logger,
    });
    const store = sqlEventStore({
      sql,
      registry,
      logger,
      limits: {
        queuedMax: setting.QUEUED_WRITES,
        queuedBytesMax: setting.QUEUED_BYTES,
        answerWithinMs: setting.APPEND_WITHIN,
      },
    });
    const copySettings = copySettingsOf(setting);
    const relay = new RelayPart({
      logger,
      holdAppends: (reason) => store.holdAppends(ordersLog, reason),
      connect: async (onLook) => {
        const connection = await connectNats({ url: setting.NATS_URL, name: 'eventstoresvc', logger });
        try {
          const copy = await openJetStreamLogCopy({ connection, log: ordersLog, settings: copySettings });
          const lease = new SqlRelayLease(sql);
          return {
            relay: new Relay({ log: ordersLog, source: store, copy, lease, logger, onLook }),
            disconnect: async () => {
              copy.close();
              await connection.drain();
            },
          };
        } catch (error) {
          await connection.close();
          throw error;
        }
      },
    });
    store.onCommitted(({ events, incarnation }) => relay.offer(events, incarnation));
    const server = grpcPart({
      address: setting.BIND_ADDRESS,
      port: setting.GRPC_PORT,
      implementations: [
        eventStoreService({ store, logger, clock, unansweredMax: setting.WRITES_PER_STREAM }),
        seedService({ store, clock, defaultCurrency: currencyOf(setting.DEFAULT_CURRENCY) }),
      ],
      limits: { maxAnswerBytes: answerBytesMax },
      logger,
    });
    return [
      sqlPart('eventstoredb', sql, () => askToWrite(sql, ['events', 'relay_leases'])),
      ownStorePart(store, ordersLog),
      relay,
      server,
    ];
  },
});
