/** Wiring of sagacoordinator: the log is folded into saga rows, and one loop acts on what they say is due. */
import { ordersLog } from '@eventstream/contracts';
import { fulfilment } from '@eventstream/domain';
import { storePart } from '@eventstream/event-store';
import { grpcEventStore } from '@eventstream/event-store/grpc';
import { natsBroker } from '@eventstream/messaging/jetstream';
import { runProcess } from '@eventstream/platform';
import { openSql, sqlPart } from '@eventstream/platform/sql';
import { ActionLoop, SagaUpkeep, sagaSink } from '@eventstream/saga';
import { sqlSagaStore } from '@eventstream/saga/sql';
import { followLog } from '@eventstream/worker';
import { readTried } from '@eventstream/worker/sql';
import { composeOrderEvent } from './compose-event.ts';
import { settings } from './config.ts';
import { LagGate } from './deadline-gate.ts';
import { lagSources } from './lag-sources.ts';

const name = 'sagacoordinator';
/** An order's events come within this time, so that most sagas that end well are written once. */
const gatherMs = 100;

await runProcess({
  name,
  settings,
  healthPort: 9106,
  async wire(setting, { logger }) {
    const definition = fulfilment({ paymentWithinMs: setting.PAYMENT_WITHIN, reviewWithinMs: setting.REVIEW_WITHIN });
    const events = grpcEventStore({ address: setting.EVENTSTORE_ADDRESS, logger });
    const sql = openSql({ url: setting.WORKERSDB_URL, applicationName: name, maxConnections: 6, logger });
    const store = sqlSagaStore({ sql, saga: definition.name, log: ordersLog });
    const nats = natsBroker({ url: setting.NATS_URL, name, logger });

    const shared = { definition, store, undoStuckAfterMs: setting.UNDO_STUCK_AFTER };
    const follower = followLog({
      log: ordersLog,
      sink: sagaSink({ ...shared, name, onWork: () => loop.wake() }),
      consumers: nats.consumers,
      store: events,
      logger,
      limits: { gatherMs },
    });
    const gate = new LagGate({
      sources: lagSources({
        events,
        follower,
        broker: nats.lagOf(ordersLog),
        triedTo: (consumer) => readTried(sql, consumer, ordersLog),
      }),
      consumers: { payment: setting.PAYMENT_CONSUMER, review: setting.REVIEW_CONSUMER },
      settleMs: setting.DEADLINE_SETTLE,
      logger,
    });
    const upkeep = new SagaUpkeep({ saga: definition.name, store, keepMs: setting.SAGAS_KEPT, logger });
    const loop = new ActionLoop({ ...shared, events, compose: composeOrderEvent, gate, logger });
    // Stopped in reverse: first nothing new is read or done, then what it stands on is let go of.
    return [sqlPart('workersdb', sql), storePart(events, ordersLog), nats, upkeep, gate, loop, follower];
  },
});
