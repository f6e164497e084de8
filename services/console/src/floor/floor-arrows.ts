/** The arrows of the floor: what flows from box to box now, and whether it does. Pure. */
import type { Arrow, Box, BoxName, BoxState } from '../api/floor.ts';
import { placed, type TwoLooks } from './two-looks.ts';

/** An arrow before its state is known. */
type Flow = Omit<Arrow, 'state'>;

/** Every arrow, in the order of the walk. */
export function arrowsOf(reader: TwoLooks, boxes: ReadonlyMap<BoxName, Box>): Arrow[] {
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

function workerFlows(reader: TwoLooks): Flow[] {
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

function followerFlows(reader: TwoLooks): Flow[] {
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
