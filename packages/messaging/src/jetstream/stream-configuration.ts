/**
 * What a log's JetStream stream should look like, and how one that exists differs. Pure.
 * The description names the log and its incarnation; a stream without it is somebody else's and is never touched.
 */
import { type Incarnation, incarnation, type LogName } from '@eventstream/contracts';
import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { CopyDrift, ForeignCopy, OurCopy } from '../port.ts';

/** What may be chosen about a log's copy. */
export interface StreamSettings {
  /** Older messages are discarded; the store still serves those events. Default 7 days. */
  readonly maxAgeMs: number;
  /** Beyond it the oldest messages are discarded. Default 2 GB. */
  readonly maxBytes: number;
  /** Largest message, headers included. Default 512 KiB: an event of the store's limit plus its envelope. */
  readonly messageBytesMax: number;
  /** Copies in a cluster. Default 1. */
  readonly replicas: number;
}

/** The defaults of `StreamSettings`. */
export const defaultStreamSettings: StreamSettings = {
  maxAgeMs: 7 * 24 * 60 * 60 * 1000,
  maxBytes: 2_000_000_000,
  messageBytesMax: 512 * 1024,
  replicas: 1,
};

/**
 * Retries within it are recognised by message id; later ones are still refused by the expected sequence. nats-server
 * allows no window that is longer than messages are kept.
 */
const duplicateWindowMaxMs = 2 * 60 * 1000;

/** The part of a stream's configuration that we care about. */
export type WantedConfiguration = Pick<
  StreamConfig,
  | 'name'
  | 'subjects'
  | 'storage'
  | 'retention'
  | 'discard'
  | 'max_age'
  | 'max_bytes'
  | 'max_msgs'
  | 'max_msgs_per_subject'
  | 'no_ack'
  | 'max_msg_size'
  | 'deny_delete'
  | 'deny_purge'
  | 'num_replicas'
  | 'duplicate_window'
> & { readonly description: string };

/** The configuration of a log's stream. */
export function wantedConfiguration(log: LogName, life: Incarnation, settings: StreamSettings): WantedConfiguration {
  return {
    name: log,
    description: descriptionOf(log, life),
    subjects: [`${log}.*`],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_age: nanos(settings.maxAgeMs),
    max_bytes: settings.maxBytes,
    max_msgs: -1,
    max_msgs_per_subject: -1,
    no_ack: false,
    max_msg_size: settings.messageBytesMax,
    // Both can only be switched on: nobody may make holes in a copy, by accident or on purpose.
    deny_delete: true,
    deny_purge: true,
    num_replicas: settings.replicas,
    duplicate_window: nanos(Math.min(duplicateWindowMaxMs, settings.maxAgeMs)),
  };
}

/** One difference between the stream that exists and the one that is wanted. */
export interface Drift {
  readonly field: string;
  readonly wanted: string;
  readonly found: string;
  /** What to do about it. */
  readonly nextStep: string;
}

/** Fields that a stream gets at its creation and keeps. */
const fixedFields = new Set(['name', 'storage', 'retention', 'deny_delete', 'deny_purge']);

/** How a stream of ours differs from what is wanted; empty when it does not. */
export function compareConfiguration(wanted: WantedConfiguration, found: Partial<StreamConfig>): readonly Drift[] {
  const existing = new Map<string, unknown>(Object.entries(found));
  return Object.entries(wanted).flatMap(([field, value]) => {
    const wantedText = JSON.stringify(value);
    // The server leaves out what is off.
    const foundText = JSON.stringify(existing.get(field) ?? (value === false ? false : undefined)) ?? 'unset';
    if (wantedText === foundText) return [];
    return [{ field, wanted: wantedText, found: foundText, nextStep: nextStepFor(wanted.name, field, wantedText) }];
  });
}

/** The same for readiness: all that differs in one sentence, with the first next step. */
export function driftOf(wanted: WantedConfiguration, found: Partial<StreamConfig>): CopyDrift | undefined {
  const drifts = compareConfiguration(wanted, found);
  const [first] = drifts;
  if (first === undefined) return undefined;
  const differences = drifts.map((drift) => `${drift.field} is ${drift.found} instead of ${drift.wanted}`);
  return {
    reason: `stream ${wanted.name} is not as it should be: ${differences.join(', ')}`,
    nextStep: first.nextStep,
  };
}

function nextStepFor(name: string, field: string, wanted: string): string {
  if (field === 'description') {
    return `the stream is a copy of another life of the log: \`npx eventstream log import\` or \`npx eventstream log new-incarnation\``;
  }
  if (fixedFields.has(field)) {
    return `${field} is fixed when a stream is made: stop publishing, \`nats stream rm ${name}\`, and the relay makes it anew and republishes the log`;
  }
  return `set ${field} to ${wanted} with \`nats stream edit ${name}\`, or change the setting`;
}

/** Whose stream this is. */
export type Ownership = Pick<OurCopy, 'kind' | 'incarnation'> | ForeignCopy;

/** Reads a stream's description; anything but our own words means it is not ours. */
export function ownershipOf(log: LogName, found: Partial<StreamConfig>): Ownership {
  const description = found.description ?? '';
  const prefix = descriptionPrefix(log);
  const life = description.startsWith(prefix) ? parseIncarnation(description.slice(prefix.length)) : undefined;
  if (life !== undefined) return { kind: 'ours', incarnation: life };
  const subjects = (found.subjects ?? []).join(', ');
  return {
    kind: 'foreign',
    found: `stream ${found.name} (subjects ${subjects}; description "${description}")`,
    nextStep:
      'it is left untouched; whoever made it may remove it (no stream can be renamed), or give eventstream its own NATS account',
  };
}

function descriptionOf(log: LogName, life: Incarnation): string {
  return descriptionPrefix(log) + life;
}

function descriptionPrefix(log: LogName): string {
  return `eventstream log ${log} incarnation `;
}

function parseIncarnation(text: string): Incarnation | undefined {
  try {
    return incarnation(text);
  } catch {
    return undefined;
  }
}
