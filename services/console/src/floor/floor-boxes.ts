/** The boxes of the floor: how each process and server stands, and what it does now. Pure. */
import type { Box, BoxName, BoxState } from '../api/floor.ts';
import { type Standing, standingOfProcess, standingOfRelay, standingOfServer } from './box-state.ts';
import type { Look } from './look.ts';
import type { TwoLooks } from './two-looks.ts';

/** Since when each box has had its state; carried from look to look. */
export type Since = ReadonlyMap<BoxName, { readonly state: BoxState; readonly sinceMs: number }>;

/** Every box, in the order of the walk. */
export function boxesOf(reader: TwoLooks, now: Look, since: Since): Box[] {
  const boxes: Box[] = [
    {
      ...blank('client', { state: 'ready', trouble: null }),
      perSecond: reader.rate('ordersvc', 'endpoint_seconds_count', { operation: 'order.place' }),
      unit: 'orders',
    },
    {
      ...ofProcess(now, 'ordersvc'),
      perSecond: reader.rate('ordersvc', 'endpoint_seconds_count'),
      unit: 'requests',
      inFlight: reader.gauge('ordersvc', 'admission_in_flight'),
    },
    {
      ...ofProcess(now, 'eventstoresvc'),
      perSecond: reader.rate('eventstoresvc', 'eventstore_append_outcomes_total', { outcome: 'appended' }),
      unit: 'writes',
      waiting: reader.gauge('eventstoresvc', 'eventstore_queued_writes'),
    },
    {
      ...blank('relay', standingOfRelay(now)),
      perSecond: reader.rate('eventstoresvc', 'relay_published_total'),
      unit: 'events',
      waiting: reader.gauge('eventstoresvc', 'relay_lag_events'),
    },
    {
      ...ofServer(now, 'postgres', standingOfServer(now, { name: 'postgres', answer: now.postgres })),
      perSecond: reader.rate('eventstoresvc', 'eventstore_batches_total'),
      unit: 'commits of the log',
    },
    {
      ...ofServer(now, 'nats-server', standingOfServer(now, { name: 'nats-server', answer: now.nats })),
      perSecond: reader.rate('eventstoresvc', 'relay_published_total'),
      unit: 'messages',
    },
    ...(['paymentworker', 'reviewworker'] as const).map((name) => workerBox(reader, now, name)),
    ...(['sagacoordinator', 'querymodelworker'] as const).map((name) => followerBox(reader, now, name)),
    {
      ...ofProcess(now, 'paymentgateway'),
      perSecond: reader.rate('paymentworker', 'gateway_call_seconds_count'),
      unit: 'calls',
    },
  ];
  return boxes.map((box) => {
    const known = since.get(box.name);
    return known?.state === box.state ? { ...box, sinceMs: known.sinceMs } : { ...box, sinceMs: now.atMs };
  });
}

function workerBox(reader: TwoLooks, now: Look, name: 'paymentworker' | 'reviewworker'): Box {
  return {
    ...ofProcess(now, name),
    perSecond: reader.rate(name, 'worker_handled_total'),
    unit: 'attempts',
    waiting: reader.gauge(name, 'worker_lag_events'),
    inFlight: reader.gauge(name, 'worker_in_flight'),
    retrying: reader.gauge(name, 'worker_waiting'),
    openDeadLetters: reader.gauge(name, 'worker_dead_letters_open'),
  };
}

function followerBox(reader: TwoLooks, now: Look, name: 'sagacoordinator' | 'querymodelworker'): Box {
  return {
    ...ofProcess(now, name),
    perSecond: reader.rate(name, 'follower_events_total'),
    unit: 'events',
    waiting: reader.gauge(name, 'follower_lag_events'),
    ...(name === 'sagacoordinator'
      ? { stuck: reader.gauge(name, 'saga_open', { status: 'stuck' }) }
      : { openDeadLetters: reader.gauge(name, 'read_model_dead_letters_open') }),
  };
}

function blank(name: BoxName, { state, trouble }: Standing): Box {
  return {
    name,
    state,
    trouble,
    sinceMs: 0,
    perSecond: null,
    unit: null,
    waiting: null,
    inFlight: null,
    retrying: null,
    openDeadLetters: null,
    stuck: null,
    restarts: null,
    memoryMb: null,
    pid: null,
    addresses: [],
  };
}

const bytesPerMb = 1024 ** 2;

function ofProcess(now: Look, name: BoxName): Box {
  return ofServer(now, name, standingOfProcess(now, name));
}

function ofServer(now: Look, name: BoxName, standing: Standing): Box {
  const process = now.processes.get(name);
  const bytes = process?.answer?.numbers?.sum('process_resident_memory_bytes');
  return {
    ...blank(name, standing),
    restarts: process?.supervised?.restarts ?? null,
    memoryMb: bytes === undefined ? null : Math.round(bytes / bytesPerMb),
    pid: process?.supervised?.pid ?? null,
    addresses: [...(process?.supervised?.addresses ?? [])],
  };
}
