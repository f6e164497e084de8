/** The picture of the walk from two moments of the system: boxes, arrows, positions, charts, and what to look at. Pure. */
import type { Arrow, Box, BoxName, BoxState, Floor, FloorPoint } from '../api/floor.ts';
import type { Trouble } from '../api/values.ts';
import { type Standing, standingOfProcess, standingOfRelay, standingOfServer } from './box-state.ts';
import { between, type Look } from './look.ts';
import { type Labels, perSecond, quantileMs } from './numbers.ts';

/** Since when each box has had its state; carried from look to look. */
export type Since = ReadonlyMap<BoxName, { readonly state: BoxState; readonly sinceMs: number }>;

/** What the two moments say. */
export type Picture = Pick<Floor, 'atMs' | 'boxes' | 'arrows' | 'point' | 'positions' | 'troubles'>;

/** Composes the picture. */
export function composeFloor(before: Look | undefined, now: Look, since: Since): Picture {
  const reader = new Reader(before, now);
  const boxes = boxesOf(reader, now, since);
  return {
    atMs: now.atMs,
    boxes,
    arrows: arrowsOf(reader, new Map(boxes.map((box) => [box.name, box]))),
    point: pointOf(reader, now),
    positions: {
      head: now.head,
      relay: reader.relayPosition(),
      sagas: reader.gauge('sagacoordinator', 'follower_position'),
      readModel: reader.gauge('querymodelworker', 'follower_position'),
    },
    troubles: troublesOf(boxes),
  };
}

/** Asks two moments of any process for rates, and the later one for gauges. */
class Reader {
  readonly #before: Look | undefined;
  readonly #now: Look;

  constructor(before: Look | undefined, now: Look) {
    this.#before = before;
    this.#now = now;
  }

  rate(process: string, counter: string, where: Labels = {}): number | null {
    return perSecond(between(this.#before, this.#now, process), counter, where);
  }

  gauge(process: string, name: string, where: Labels = {}): number | null {
    const value = this.#now.processes.get(process)?.answer?.numbers?.sum(name, where);
    // A gauge that went below 0 for a moment (two numbers read apart) means 0.
    return value === undefined ? null : Math.max(0, Math.round(value));
  }

  quantile(process: string, quantile: number, of: { readonly name: string; readonly where: Labels }): number | null {
    return quantileMs(between(this.#before, this.#now, process), quantile, of);
  }

  relayPosition(): number | null {
    const lag = this.gauge('eventstoresvc', 'relay_lag_events');
    return this.#now.head === null || lag === null ? null : Math.max(0, this.#now.head - lag);
  }
}

const placed = { operation: 'order.place', outcome: 'ok' } as const;

function boxesOf(reader: Reader, now: Look, since: Since): Box[] {
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

function workerBox(reader: Reader, now: Look, name: 'paymentworker' | 'reviewworker'): Box {
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

function followerBox(reader: Reader, now: Look, name: 'sagacoordinator' | 'querymodelworker'): Box {
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

/** An arrow before its state is known. */
type Flow = Omit<Arrow, 'state'>;

function arrowsOf(reader: Reader, boxes: ReadonlyMap<BoxName, Box>): Arrow[] {
  const lag = (process: string, gauge: string): number | null => reader.gauge(process, gauge);
  const relayLag = lag('eventstoresvc', 'relay_lag_events');
  const published = reader.rate('eventstoresvc', 'relay_published_total');
  const flows: Flow[] = [
    {
      from: 'client',
      to: 'ordersvc',
      carries: 'orders',
      perSecond: reader.rate('ordersvc', 'endpoint_seconds_count', { operation: 'order.place' }),
      lagEvents: null,
    },
    {
      from: 'ordersvc',
      to: 'eventstoresvc',
      carries: 'append',
      perSecond: reader.rate('ordersvc', 'endpoint_seconds_count', placed),
      lagEvents: lag('eventstoresvc', 'eventstore_queued_writes'),
    },
    {
      from: 'eventstoresvc',
      to: 'postgres',
      carries: 'commit',
      perSecond: reader.rate('eventstoresvc', 'eventstore_batches_total'),
      lagEvents: null,
    },
    {
      from: 'eventstoresvc',
      to: 'relay',
      carries: 'what was committed',
      perSecond: reader.rate('eventstoresvc', 'eventstore_append_outcomes_total', { outcome: 'appended' }),
      lagEvents: relayLag,
    },
    { from: 'relay', to: 'nats-server', carries: 'publish', perSecond: published, lagEvents: relayLag },
    ...workerFlows(reader),
    ...followerFlows(reader),
    {
      from: 'paymentworker',
      to: 'paymentgateway',
      carries: 'debit and void',
      perSecond: reader.rate('paymentworker', 'gateway_call_seconds_count'),
      lagEvents: null,
    },
  ];
  return flows.map((flow) => ({ ...flow, state: stateOf(flow, boxes) }));
}

function workerFlows(reader: Reader): Flow[] {
  const carried = { paymentworker: 'created, paymentvoidrequested', reviewworker: 'paymentdebited' } as const;
  return (['paymentworker', 'reviewworker'] as const).flatMap((name): Flow[] => [
    {
      from: 'nats-server',
      to: name,
      carries: carried[name],
      perSecond: reader.rate(name, 'worker_handled_total'),
      lagEvents: reader.gauge(name, 'worker_lag_events'),
    },
    {
      from: name,
      to: 'eventstoresvc',
      carries: 'append',
      perSecond: reader.rate(name, 'worker_handled_total', { outcome: 'done' }),
      lagEvents: null,
    },
  ]);
}

function followerFlows(reader: Reader): Flow[] {
  const onwards: Record<'sagacoordinator' | 'querymodelworker', Flow> = {
    sagacoordinator: {
      from: 'sagacoordinator',
      to: 'eventstoresvc',
      carries: 'undo, cancelled',
      perSecond: reader.rate('sagacoordinator', 'saga_actions_total'),
      lagEvents: null,
    },
    querymodelworker: {
      from: 'querymodelworker',
      to: 'postgres',
      carries: 'orders, orderitems',
      perSecond: reader.rate('querymodelworker', 'read_model_events_total'),
      lagEvents: null,
    },
  };
  return (['sagacoordinator', 'querymodelworker'] as const).flatMap((name): Flow[] => [
    {
      from: 'nats-server',
      to: name,
      carries: 'whole log',
      perSecond: reader.rate(name, 'follower_events_total'),
      lagEvents: reader.gauge(name, 'follower_lag_events'),
    },
    onwards[name],
  ]);
}

const works: ReadonlySet<BoxState> = new Set(['ready', 'degraded', 'elsewhere']);

function stateOf({ from, to, perSecond: rate, lagEvents }: Flow, boxes: ReadonlyMap<BoxName, Box>): Arrow['state'] {
  const isCut = [from, to].some((name) => !works.has(boxes.get(name)?.state ?? 'elsewhere'));
  if (isCut) return 'cut';
  // What arrives in one second is under way, not behind.
  if (lagEvents !== null && lagEvents > Math.max(1, rate ?? 0)) return 'behind';
  return (rate ?? 0) > 0 ? 'flows' : 'idle';
}

function pointOf(reader: Reader, now: Look): FloorPoint {
  const post = { name: 'endpoint_seconds', where: placed };
  return {
    atMs: now.atMs,
    placedPerSecond: reader.rate('ordersvc', 'endpoint_seconds_count', placed),
    appendedPerSecond: reader.rate('eventstoresvc', 'eventstore_append_outcomes_total', { outcome: 'appended' }),
    approvedPerSecond: reader.rate('sagacoordinator', 'saga_ended_total', { end: 'done' }),
    cancelledPerSecond: reader.rate('sagacoordinator', 'saga_ended_total', { end: 'undone' }),
    placeP50Ms: reader.quantile('ordersvc', 0.5, post),
    placeP99Ms: reader.quantile('ordersvc', 0.99, post),
    approveP50Ms: now.approval.p50Ms,
    approveP99Ms: now.approval.p99Ms,
  };
}

/** The worst first. */
const severity: readonly BoxState[] = ['stopped', 'unreachable', 'halted', 'notReady', 'paused', 'degraded', 'leftOut'];

function troublesOf(boxes: readonly Box[]): Floor['troubles'] {
  const states = boxes
    .filter(({ trouble }) => trouble !== null)
    .toSorted((one, other) => severity.indexOf(one.state) - severity.indexOf(other.state));
  const standing = states.flatMap(({ name, trouble }) => (trouble === null ? [] : [{ ...trouble, box: name }]));
  return [
    ...standing,
    ...boxes.flatMap((box) => waitingForAPerson(box).map((trouble) => ({ ...trouble, box: box.name }))),
  ];
}

/** What a box that is degraded has said itself is not said again. */
function waitingForAPerson({ name, state, openDeadLetters, stuck }: Box): Trouble[] {
  if (state === 'degraded') return [];
  const found: Trouble[] = [];
  if ((openDeadLetters ?? 0) > 0)
    found.push({
      says: `${name} has given up on ${openDeadLetters === 1 ? 'an event' : `${openDeadLetters} events`}.`,
      nextStep: 'Look at the dead letters, mend the cause, and redrive them.',
    });
  if ((stuck ?? 0) > 0)
    found.push({
      says: stuck === 1 ? 'One saga is stuck.' : `${stuck} sagas are stuck.`,
      nextStep: 'Look at the sagas; stuck ones stand first.',
    });
  return found;
}
