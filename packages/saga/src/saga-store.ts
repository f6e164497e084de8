/**
 * Where the rows of one saga definition are kept: written by the sink as the log is read, claimed by the action loop
 * when something is due, listed for people. All times are judged by the store's own clock (the database's).
 */
import type { Incarnation, Position, StreamName } from '@eventstream/contracts';
import { CodedError } from '@eventstream/platform';
import type { Checkpoint, SinkOutcome } from '@eventstream/worker';
import type { SagaRow } from './saga-row.ts';
import type { SagaStatus } from './saga-state.ts';

/** One step of the log: the checkpoint goes from `after` to `to`. */
export interface RowPage {
  readonly after: Position;
  readonly to: Position;
  readonly incarnation: Incarnation;
  /** Streams whose rows `fold` wants to see. */
  readonly streams: readonly StreamName[];
  /** The rows to write, given those that exist. Pure: it may be called again. */
  readonly fold: (known: ReadonlyMap<StreamName, SagaRow>) => readonly SagaRow[];
}

/** How many rows are wanted, and which. */
export interface ClaimRequest {
  /** Who claims; unique per running loop. */
  readonly owner: string;
  readonly limit: number;
  /**
   * After this long without a result the row may be claimed again, by anybody. A row whose claim ends further ahead than
   * twice this may be claimed at once: the clock was set back since.
   */
  readonly claimMs: number;
  /**
   * Steps whose deadlines may not be judged now; rows that wait for one of them stay where they are. It lists what may
   * not be judged, so that a row whose step the definition no longer has is found, and folded again.
   */
  readonly deadlinesNotOf: readonly string[];
}

/** A row whose next action is due, lent to one loop. */
export interface ClaimedRow {
  readonly row: SagaRow;
  /** When it was due, milliseconds since 1970. */
  readonly dueMs: number;
  /** How often it has failed already. */
  readonly attempts: number;
  readonly owner: string;
}

/** What was claimed, and the time by the clock that judges deadlines. */
export interface Claims {
  readonly nowMs: number;
  readonly rows: readonly ClaimedRow[];
}

/** An action that failed: when to try again, and whether to show it as stuck. */
export interface FailedTry {
  readonly error: string;
  readonly retryInMs: number;
  readonly stuck: boolean;
}

/** A saga as people see it in a list. */
export interface SagaEntry {
  readonly row: SagaRow;
  /** When `row.next` is due, as an absolute time; null when nothing is to be done. */
  readonly dueMs: number | null;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly isStuck: boolean;
}

/** What to list: oldest status first. */
export interface SagaQuery {
  readonly status?: SagaStatus | undefined;
  readonly stuck?: boolean | undefined;
  /** Only those that have had their status for at least this long. */
  readonly olderThanMs?: number | undefined;
  /** 1 to 1,000. */
  readonly limit: number;
  /** From the page before. */
  readonly cursor?: string | undefined;
}

/** One page of a list; `next` is absent on the last. */
export interface SagaPage {
  readonly sagas: readonly SagaEntry[];
  readonly next?: string;
}

/** A deadline may be judged this late without a warning: whoever does the step has to keep up with the log first. */
export const unjudgedMs = 60_000;

/**
 * How many sagas are open. `overdue`: running, and past a deadline that was not judged yet; `unjudged`: for longer than
 * `unjudgedMs`.
 */
export interface SagaCounts {
  readonly running: number;
  readonly undoing: number;
  readonly stuck: number;
  readonly overdue: number;
  readonly unjudged: number;
}

/** The port. Everything rejects when the database cannot answer. */
export interface SagaStore {
  /** How far the log was read. */
  checkpoint(): Promise<Checkpoint>;
  /**
   * Writes what `fold` answers and moves the checkpoint, in one transaction; a written row is free of claims and
   * failures. `moved`, and nothing changed, when the checkpoint is not at `after` or of another life of the log.
   */
  applyPage(page: RowPage): Promise<SinkOutcome>;
  /** Lends rows whose action is due; earliest due first. A row is lent to one loop at a time. */
  claim(request: ClaimRequest): Promise<Claims>;
  /** Notes a failed try; nothing when the row has changed hands or moved on meanwhile. */
  noteFailure(claimed: ClaimedRow, failed: FailedTry): Promise<void>;
  /** Gives rows back untried. */
  giveBack(claimed: readonly ClaimedRow[]): Promise<void>;
  /**
   * Replaces a claimed row by one folded from its whole stream. False, and nothing changed, when the sink has looked
   * at a later revision than that fold, or the row has changed hands.
   */
  replace(claimed: ClaimedRow, row: SagaRow): Promise<boolean>;
  /** One saga, or undefined. */
  find(stream: StreamName): Promise<SagaEntry | undefined>;
  /** Rejects with `cursor_unknown` when no page ended with the cursor. */
  list(query: SagaQuery): Promise<SagaPage>;
  counts(): Promise<SagaCounts>;
  /** Removes rows of sagas that ended at least this long ago, `limit` at most; how many. Nothing can follow an end. */
  forgetEnded(olderThanMs: number, limit: number): Promise<number>;
}

/** The longest page of a list. */
export const sagaPageMax = 1000;

/** Where a list goes on: after this saga. */
export interface ListPlace {
  readonly sinceMs: number;
  readonly stream: string;
}

/** A place as an opaque text. */
export function encodePlace(place: ListPlace): string {
  return Buffer.from(`${place.sinceMs} ${place.stream}`).toString('base64url');
}

/** The place of a cursor. Throws `cursor_unknown` for a text that no page ended with. */
export function decodePlace(cursor: string): ListPlace {
  const [, sinceMs, stream] = /^([0-9]{1,15}) ([\w.-]{1,200})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (sinceMs === undefined || stream === undefined)
    throw new CodedError('cursor_unknown', 'No page of sagas ended with this cursor.', {
      nextStep: 'take the cursor of the page before, or none to begin at the beginning',
    });
  return { sinceMs: Number(sinceMs), stream };
}
