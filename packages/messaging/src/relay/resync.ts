/**
 * What the relay does after any doubt, decided from what the broker has and then what the store has. Pure.
 * The broker is read first: the store's head read later can only be further, so "the broker is ahead" is never an
 * illusion of timing.
 */
import { type EventId, type LogHead, nowhere, type Position } from '@eventstream/contracts';
import type { CopyState, OurCopy } from '../port.ts';
import type { HighWaterMark } from './lease.ts';

/** Why a relay stands still until somebody decides, and the command that leads out. */
export interface RelayHalt {
  readonly kind: 'halted';
  readonly code: 'relay_foreign_stream' | 'relay_other_incarnation' | 'relay_broker_ahead' | 'relay_other_event';
  readonly reason: string;
  readonly nextStep: string;
}

/** How to go on. `lost`: events that the broker had acknowledged and has no more. */
export type Resync =
  | { readonly kind: 'follow'; readonly from: Position; readonly lost: number }
  | { readonly kind: 'create'; readonly lost: number }
  | RelayHalt;

/** What a resync has read. */
export interface ResyncFacts {
  readonly copy: CopyState;
  readonly head: LogHead;
  /** Id of the store's event at the copy's last position; undefined when there is none to compare. */
  readonly idInStore: EventId | undefined;
  /** A position behind the mark where the broker has something else than the store. */
  readonly differsAt?: Position | undefined;
  readonly mark: HighWaterMark | undefined;
}

/** Decides how to go on. A halt touches nothing. */
export function decideResync({ copy, head, idInStore, differsAt, mark }: ResyncFacts): Resync {
  const published = mark !== undefined && mark.incarnation === head.incarnation ? mark.position : nowhere;
  if (copy.kind === 'missing') return { kind: 'create', lost: published };
  if (copy.kind === 'ours') return decideForOurs(copy, { head, idInStore, differsAt, published });
  return {
    kind: 'halted',
    code: 'relay_foreign_stream',
    reason: `the place of log ${head.log} at the broker is taken by ${copy.found}`,
    nextStep: copy.nextStep,
  };
}

function decideForOurs(
  copy: OurCopy,
  {
    head,
    idInStore,
    differsAt,
    published,
  }: Pick<ResyncFacts, 'head' | 'idInStore' | 'differsAt'> & { readonly published: Position },
): Resync {
  if (copy.incarnation !== head.incarnation) {
    return {
      kind: 'halted',
      code: 'relay_other_incarnation',
      reason: `the broker's copy belongs to life ${copy.incarnation} of log ${head.log}, the store to ${head.incarnation}`,
      nextStep: 'if the store is the one to keep: `npx eventstream log new-incarnation`',
    };
  }
  if (copy.last > head.position) {
    return {
      kind: 'halted',
      code: 'relay_broker_ahead',
      reason: `the broker has log ${head.log} up to ${copy.last}, the store only up to ${head.position}`,
      nextStep:
        'the store was restored from an older copy: `npx eventstream log import` brings the missing events back, `npx eventstream log new-incarnation` gives them up',
    };
  }
  if (differsAt !== undefined) {
    return {
      kind: 'halted',
      code: 'relay_other_event',
      reason: `position ${differsAt} of log ${head.log} is another message at the broker than in the store: somebody else publishes there`,
      nextStep:
        'find out who publishes to these subjects; then `npx eventstream log new-incarnation` makes the copy anew',
    };
  }
  if (copy.lastId !== undefined && idInStore !== undefined && copy.lastId !== idInStore) {
    return {
      kind: 'halted',
      code: 'relay_other_event',
      reason: `position ${copy.last} of log ${head.log} is event ${copy.lastId} at the broker and ${idInStore} in the store`,
      nextStep: 'if the store is the one to keep: `npx eventstream log new-incarnation`',
    };
  }
  return { kind: 'follow', from: copy.last, lost: Math.max(0, published - copy.last) };
}
