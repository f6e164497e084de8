/**
 * The processes of the platform, wired as their `main.ts` wires them, over ports that can fail: every start makes
 * everything of a process anew, as starting the real one does.
 */
import { orderEventTypes, ordersLog } from '@eventstream/contracts';
import { fulfilment } from '@eventstream/domain';
import { defaultRelaySettings, Relay } from '@eventstream/messaging/relay';
import { HeardOrders } from '@eventstream/orders';
import type { Logger, Part } from '@eventstream/platform';
import { ActionLoop, SagaUpkeep, sagaSink } from '@eventstream/saga';
import { consumerName, createWorker, followLog, type Handler } from '@eventstream/worker';
import { writeOrders } from '../../../services/ordersvc/src/write-orders.ts';
import { debitPayment } from '../../../services/paymentworker/src/debit-payment.ts';
import { voidPayment } from '../../../services/paymentworker/src/void-payment.ts';
import { reviewOrder } from '../../../services/reviewworker/src/review-order.ts';
import { composeOrderEvent } from '../../../services/sagacoordinator/src/compose-event.ts';
import { LagGate } from '../../../services/sagacoordinator/src/deadline-gate.ts';
import { lagSources } from '../../../services/sagacoordinator/src/lag-sources.ts';
import { type CallWorld, overTheWire } from '../faults/calls.ts';
import { faultyConsumers } from '../faults/deliveries.ts';
import { frailHandler } from '../faults/frail-handler.ts';
import type { Natures } from '../faults/natures.ts';
import type { Databases, Ports } from '../world/databases.ts';
import { usd } from '../world/gateway-books.ts';
import type { WorldSettings } from '../world/world-settings.ts';
import type { Life } from './life.ts';
import { triedTo } from './tried-to.ts';

/** What runs in a world. `eventstoresvc` is the relay; its store is the port that the others call. */
export const roles = [
  'eventstoresvc',
  'ordersvc',
  'paymentworker',
  'reviewworker',
  'sagacoordinator',
  'querymodelworker',
] as const;
export type Role = (typeof roles)[number];

/** What a process is made in. */
export interface ProcessWorld extends CallWorld {
  readonly databases: Databases;
  readonly ports: Ports;
  readonly natures: Natures;
  readonly settings: WorldSettings;
  readonly loggerOf: (role: string) => Logger;
  readonly isBrokerAway: () => boolean;
}

/** The writes of ordersvc. */
export type Orders = ReturnType<typeof writeOrders>;

/** A process that was started. */
export interface Started {
  readonly parts: readonly Part[];
  readonly relay?: Relay;
  readonly orders?: Orders;
}

/** Makes what this role runs. `instance`: unique for each start. */
export function makeProcess(role: Role, life: Life, world: ProcessWorld, instance: string): Started {
  switch (role) {
    case 'eventstoresvc':
      return relayProcess(life, world, instance);
    case 'ordersvc':
      return ordersProcess(life, world);
    case 'paymentworker':
      return paymentProcess(life, world);
    case 'reviewworker':
      return reviewProcess(life, world);
    case 'sagacoordinator':
      return sagaProcess(life, world, instance);
    case 'querymodelworker':
      return projectorProcess(life, world);
  }
}

function relayProcess(life: Life, world: ProcessWorld, instance: string): Started {
  const { ports, natures, loggerOf, settings } = world;
  const relay = new Relay({
    log: ordersLog,
    source: overTheWire(ports.store, natures.logDatabase(world, life.role), life, world),
    copy: overTheWire(ports.copy, natures.copy(world, life.role), life, world),
    lease: overTheWire(ports.lease, natures.lease(world, life.role), life, world),
    logger: loggerOf(life.role),
    scheduler: life.scheduler,
    holder: instance,
    settings: { ...defaultRelaySettings, ...settings.relay },
  });
  return { parts: [relay], relay };
}

function ordersProcess(life: Life, world: ProcessWorld): Started {
  const orders = writeOrders({
    store: storeOf(life, world),
    clock: life.clock,
    defaultCurrency: usd(),
    paymentWithinMs: world.settings.paymentWithinMs,
  });
  return { parts: [], orders };
}

function paymentProcess(life: Life, world: ProcessWorld): Started {
  const { ports, natures, settings } = world;
  const store = storeOf(life, world);
  const parts = {
    store,
    gateway: overTheWire(ports.gateway, natures.gateway(world, life.role), life, world),
    intents: overTheWire(ports.intents, natures.intents(world, life.role), life, world),
    reviewWithinMs: settings.reviewWithinMs,
    retryAfterMs: settings.paymentRetryMs,
    clock: life.clock,
  };
  const handlers = new Map<typeof orderEventTypes.created, Handler>([
    [orderEventTypes.created, debitPayment(parts)],
    [orderEventTypes.paymentVoidRequested, voidPayment(parts)],
  ]);
  return { parts: [workerOf(life, world, handlers)] };
}

function reviewProcess(life: Life, world: ProcessWorld): Started {
  const policy = { approveUpTo: '1000.00', rejectedItemCodes: new Set(['test-reject']) };
  const heard = new HeardOrders();
  const hearsay = world.databases.broker.hearsay();
  life.onEnd(hearsay.listen(orderEventTypes.created, (event) => life.run(() => heard.hear(event))));
  const handler = reviewOrder({ store: storeOf(life, world), policy, heard });
  return { parts: [workerOf(life, world, new Map([[orderEventTypes.paymentDebited, handler]]))] };
}

function workerOf(life: Life, world: ProcessWorld, handlers: ReadonlyMap<typeof orderEventTypes.created, Handler>) {
  const { ports, natures, settings, databases, loggerOf, random } = world;
  const frail = frailHandler(life, world);
  return createWorker({
    name: life.role,
    log: ordersLog,
    handlers: new Map([...handlers].map(([type, handler]) => [type, frail(handler)])),
    consumers: faultyConsumers(databases.broker.source(), life, world),
    store: storeOf(life, world),
    ledger: overTheWire(ports.ledger, natures.ledger(world, life.role), life, world),
    logger: loggerOf(life.role),
    limits: settings.worker,
    scheduler: life.scheduler,
    random,
  });
}

function sagaProcess(life: Life, world: ProcessWorld, instance: string): Started {
  const { ports, natures, settings, databases, loggerOf, random } = world;
  const { scheduler } = life;
  const logger = loggerOf(life.role);
  const definition = fulfilment(settings);
  const events = storeOf(life, world);
  const store = overTheWire(
    ports.sagas,
    natures.sagas(world, () => databases.sagas.counts()),
    life,
    world,
  );
  const broker = databases.broker.lagOf(ordersLog);
  const shared = { definition, store, undoStuckAfterMs: settings.undoStuckAfterMs };
  const follower = followLog({
    log: ordersLog,
    sink: sagaSink({ ...shared, name: life.role, onWork: () => loop.wake() }),
    consumers: faultyConsumers(databases.broker.source(), life, world),
    store: events,
    logger,
    limits: settings.follower,
    scheduler,
    random,
  });
  const gate = new LagGate({
    sources: lagSources({
      events,
      follower,
      broker: overTheWire(broker, natures.brokerLag(world.isBrokerAway), life, world),
      triedTo: (consumer) => triedTo(databases, consumer),
    }),
    consumers: {
      payment: consumerName('paymentworker', orderEventTypes.created),
      review: consumerName('reviewworker', orderEventTypes.paymentDebited),
    },
    settleMs: settings.gate.settleMs,
    sampleMs: settings.gate.sampleMs,
    scheduler,
    logger,
  });
  const loop = new ActionLoop({
    ...shared,
    events,
    compose: composeOrderEvent,
    gate,
    logger,
    owner: instance,
    scheduler,
    random,
    settings: settings.actionLoop,
  });
  const upkeep = new SagaUpkeep({ saga: definition.name, store, logger, scheduler, ...settings.upkeep });
  return { parts: [upkeep, gate, loop, follower] };
}

function projectorProcess(life: Life, world: ProcessWorld): Started {
  const { ports, natures, settings, databases, loggerOf, random } = world;
  const follower = followLog({
    sink: overTheWire(ports.orders, natures.orders(world), life, world),
    log: ordersLog,
    consumers: faultyConsumers(databases.broker.source(), life, world),
    store: storeOf(life, world),
    logger: loggerOf(life.role),
    limits: settings.follower,
    scheduler: life.scheduler,
    random,
  });
  return { parts: [follower] };
}

function storeOf(life: Life, world: ProcessWorld) {
  return overTheWire(world.ports.store, world.natures.eventStore(world, life.role), life, world);
}
