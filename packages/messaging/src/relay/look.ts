/** A look at the broker and then at the store, and what it shows. */
import { type LogHead, type LogName, nowhere, position } from '@eventstream/contracts';
import type { CopyState, LogCopy } from '../port.ts';
import { firstDifference } from './compare-tail.ts';
import type { RelaySource } from './follow.ts';
import type { HighWaterMark } from './lease.ts';
import { decideResync, type RelayHalt, type Resync } from './resync.ts';

/** What a look at the broker and the store has shown. */
export type Look =
  /** The store has everything that the broker has of this life of the log. */
  | { readonly kind: 'sound' }
  /** The broker could not be asked. */
  | { readonly kind: 'brokerSilent' }
  | RelayHalt;

/** What is looked at. */
export interface LookOptions {
  readonly log: LogName;
  readonly source: RelaySource;
  readonly copy: LogCopy;
  /** Asks the broker what it holds. */
  readonly inspect: () => Promise<CopyState>;
  readonly mark: HighWaterMark | undefined;
  /** So many of the broker's last events are compared with the store's, those behind the mark; 0: only the very last. */
  readonly comparedMax: number;
}

/** Where the log stands, and how to go on. */
export interface Looked {
  readonly head: LogHead;
  readonly decision: Resync;
}

/** Looks at the broker first, then at the store: see `resync.ts`. Rejects when either cannot be asked. */
export async function lookAtBoth({ log, source, copy, inspect, mark, comparedMax }: LookOptions): Promise<Looked> {
  const state = await inspect();
  const head = await source.head(log);
  const comparable = state.kind === 'ours' && state.last >= 1 && state.last <= head.position;
  const page = comparable ? await source.readLog(log, position(state.last - 1), { limit: 1 }) : undefined;
  const known = mark?.incarnation === head.incarnation ? mark.position : nowhere;
  const differsAt =
    comparable && comparedMax > 0
      ? await firstDifference(source, copy, { log, after: known, to: state.last, positionsMax: comparedMax })
      : undefined;
  const idInStore = page?.events[0]?.id;
  return { head, decision: decideResync({ copy: state, head, idInStore, differsAt, mark }) };
}
