/** What a verification reads of the databases: the port between the checks and the adapters that ask. */
import type { Incarnation, LogName, Position, RecordedEvent, StreamName } from '@eventstream/contracts';
import type {
  IntentEvidence,
  PaymentEvidence,
  Progress,
  RowEvidence,
  SagaEvidence,
  SetAsideEvidence,
} from './evidence.ts';
import type { Keyed } from './sorted-cursor.ts';

/** How dense a log is, counted by its store. */
export interface DensityEvidence {
  readonly head: Position;
  readonly incarnation: Incarnation;
  readonly count: number;
  readonly first: Position;
  readonly last: Position;
  /** The first position that is missing, unless none is. */
  readonly firstMissing?: Position;
  /** An id that more than one event has. */
  readonly repeatedId: string | undefined;
}

/** The databases, as the verification reads them. Keys of the sorted sources are stream names. */
export interface VerificationSources {
  /** Checkpoints and marks; asked for before anything else. */
  progress(): Promise<Omit<Progress, 'head'>>;
  /** What consumers have set aside, by stream; asked for after `progress` and before the head. */
  setAside(): Promise<SetAsideByStream>;
  density(log: LogName): Promise<DensityEvidence>;
  /** What the service's own role may do to events beyond reading and adding; none is as promised. Undefined: there is no such role. */
  forbiddenRights(): Promise<readonly string[] | undefined>;
  /** Which of these streams have no event at all, at whatever position. */
  missing(log: LogName, streams: readonly StreamName[]): Promise<readonly StreamName[]>;
  streams(log: LogName, upTo: Position): AsyncIterable<Keyed<readonly RecordedEvent[]>>;
  /** Which rows of the read model are live: another number after a rebuild. Undefined before the first. */
  generation(): Promise<bigint | undefined>;
  rows(generation: bigint | undefined): AsyncIterable<Keyed<RowEvidence>>;
  payments(): AsyncIterable<Keyed<PaymentEvidence>>;
  /** `asOf` is that of `progress`. */
  intents(asOf: Date): AsyncIterable<Keyed<IntentEvidence>>;
  sagas(): AsyncIterable<Keyed<SagaEvidence>>;
}

/** What consumers have set aside, by stream. */
export type SetAsideByStream = ReadonlyMap<StreamName, readonly SetAsideEvidence[]>;
