/** Makes, checks and mends the durable consumer behind a `ConsumerSpec`. One look at the broker per call, no waiting. */
import { type Incarnation, type Position, position } from '@eventstream/contracts';
import {
  AckPolicy,
  type ConsumerConfig,
  type ConsumerInfo,
  DeliverPolicy,
  type JetStreamManager,
  ReplayPolicy,
  type StreamInfo,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { ConsumerSpec, LeftInHand } from '../port.ts';
import { serverCodes, undefinedFor } from './server-codes.ts';
import { ownershipOf } from './stream-configuration.ts';

/** What there is to consume from. */
export type Footing =
  /** `left`: what is unsettled of an earlier process, or of an earlier connection. */
  | { readonly kind: 'ready'; readonly incarnation: Incarnation; readonly left?: LeftInHand }
  /** Nothing to do but look again later. */
  | { readonly kind: 'waiting'; readonly reason: string };

/**
 * Sees to it that the consumer exists as specified. Makes it from `startAfter() + 1` when it is missing, but only once
 * the copy has got there: JetStream would let a consumer that begins beyond the end begin at the end it finds, and the
 * events between would never be delivered. Rejects when the broker cannot be asked.
 */
export async function ensureDurable(
  manager: JetStreamManager,
  spec: ConsumerSpec,
  startAfter: () => Promise<Position>,
): Promise<Footing> {
  const stream = await streamInfo(manager, spec);
  if (stream === undefined) return { kind: 'waiting', reason: `the broker has no copy of log ${spec.log}` };
  const owner = ownershipOf(spec.log, stream.config);
  if (owner.kind === 'foreign') return { kind: 'waiting', reason: `the place of the log is taken by ${owner.found}` };
  const existing = await consumerInfo(manager, spec);
  if (existing !== undefined && (await mend(manager, spec, existing))) {
    return { kind: 'ready', incarnation: owner.incarnation, ...leftBy(existing) };
  }
  const after = await startAfter();
  const last = stream.state.last_seq;
  if (last < after) return { kind: 'waiting', reason: `the copy is at ${last} and has yet to reach ${after}` };
  await manager.consumers.add(spec.log, {
    ...changeable(spec),
    durable_name: spec.name,
    ack_policy: ackPolicy(spec),
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: after + 1,
    replay_policy: ReplayPolicy.Instant,
    ...filter(spec),
  });
  return { kind: 'ready', incarnation: owner.incarnation };
}

/** Which life of the log the stream belongs to now, or undefined when it is missing or not ours. */
export async function incarnationNow(manager: JetStreamManager, spec: ConsumerSpec): Promise<Incarnation | undefined> {
  const stream = await streamInfo(manager, spec);
  const owner = stream === undefined ? undefined : ownershipOf(spec.log, stream.config);
  return owner?.kind === 'ours' ? owner.incarnation : undefined;
}

/** Whether the consumer is there and still what was made: an operator may change any of it while we run. */
export async function isAsSpecified(manager: JetStreamManager, spec: ConsumerSpec): Promise<boolean> {
  const existing = await consumerInfo(manager, spec);
  return existing !== undefined && isOfKind(spec, existing.config) && hasLimits(spec, existing.config);
}

/** Brings an existing consumer in line. False: it could not be, and was deleted, to be made anew. */
async function mend(manager: JetStreamManager, spec: ConsumerSpec, { config }: ConsumerInfo): Promise<boolean> {
  if (!isOfKind(spec, config)) {
    await manager.consumers.delete(spec.log, spec.name);
    return false;
  }
  if (!hasLimits(spec, config)) await manager.consumers.update(spec.log, spec.name, changeable(spec));
  return true;
}

/** Which messages it hands over, how and to whom: not all of that can be changed, so one of another kind is made anew. */
function isOfKind(spec: ConsumerSpec, config: ConsumerConfig): boolean {
  return (
    (config.filter_subject ?? '') === (filter(spec).filter_subject ?? '') &&
    config.filter_subjects === undefined &&
    config.ack_policy === ackPolicy(spec) &&
    config.deliver_policy === DeliverPolicy.StartSequence &&
    config.replay_policy === ReplayPolicy.Instant &&
    config.deliver_subject === undefined &&
    config.headers_only !== true &&
    config.backoff === undefined &&
    isUnlimited(config.max_batch) &&
    isUnlimited(config.max_bytes) &&
    isUnlimited(config.max_expires)
  );
}

/** The server leaves a limit out, or says 0, where there is none. */
function isUnlimited(limit: number | undefined): boolean {
  return limit === undefined || limit <= 0;
}

function hasLimits(spec: ConsumerSpec, config: ConsumerConfig): boolean {
  const wanted = changeable(spec);
  return (
    config.ack_wait === wanted.ack_wait &&
    config.max_ack_pending === wanted.max_ack_pending &&
    config.max_deliver === wanted.max_deliver
  );
}

function changeable(spec: ConsumerSpec) {
  return {
    ack_wait: nanos(spec.ackWaitMs),
    max_ack_pending: spec.unsettledMax,
    // At a limit the server would drop the message with nothing but a transient notice.
    max_deliver: -1,
  };
}

function ackPolicy(spec: ConsumerSpec): ConsumerConfig['ack_policy'] {
  return spec.ackCovers === 'allBefore' ? AckPolicy.All : AckPolicy.Explicit;
}

/** One filter at most: 2.9.10 ignores a list of them without a word. */
function filter(spec: ConsumerSpec): { filter_subject?: string } {
  return spec.type === 'all' ? {} : { filter_subject: spec.type };
}

function leftBy({ num_ack_pending: unsettled, ack_floor: floor, delivered }: ConsumerInfo): { left?: LeftInHand } {
  if (unsettled === 0) return {};
  return { left: { settledTo: position(floor.stream_seq), deliveredTo: position(delivered.stream_seq) } };
}

async function streamInfo(manager: JetStreamManager, spec: ConsumerSpec): Promise<StreamInfo | undefined> {
  return manager.streams.info(spec.log).catch(undefinedFor(serverCodes.streamNotFound));
}

async function consumerInfo(manager: JetStreamManager, spec: ConsumerSpec): Promise<ConsumerInfo | undefined> {
  return manager.consumers.info(spec.log, spec.name).catch(undefinedFor(serverCodes.consumerNotFound));
}
