/**
 * Where a follower is in its log, held against the log's head as it was last seen: how far behind that is, and when it
 * was last known to have read everything that there was.
 */
import {
  type LogHead,
  type LogName,
  nextPosition,
  nowhere,
  type Position,
  type RecordedEvent,
} from '@eventstream/contracts';
import { CodedError } from '@eventstream/platform';
import * as metrics from './follower-metrics.ts';

interface SeenHead {
  readonly position: Position;
  readonly askedAtMs: number;
}

/**
 * A log that keeps growing is never read to its end; but a follower that has reached the head of some moment has read
 * everything that there was at that moment.
 */
export class PlaceInLog {
  readonly #follower: string;
  readonly #log: LogName;
  #at: Position = nowhere;
  /** The newest head that was seen, and the oldest one that is not reached yet. */
  #head: SeenHead = { position: nowhere, askedAtMs: Number.NEGATIVE_INFINITY };
  #unreached: SeenHead | undefined;
  #caughtUpAsOfMs: number | undefined;

  constructor(follower: string, log: LogName) {
    this.#follower = follower;
    this.#log = log;
  }

  /** Everything up to here has been read. */
  get at(): Position {
    return this.#at;
  }

  /** The newest head that was seen. */
  get head(): Position {
    return this.#head.position;
  }

  /** When that was asked for. */
  get askedAtMs(): number {
    return this.#head.askedAtMs;
  }

  /** Everything that there was at this time has been read. Undefined until that was so for the first time. */
  get caughtUpAsOfMs(): number | undefined {
    return this.#caughtUpAsOfMs;
  }

  /** Throws unless the events come right after what has been read: a sink relies on that, so a gap is a bug to be found here. */
  mustBeNext(events: readonly RecordedEvent[]): void {
    let expected = nextPosition(this.#at);
    for (const { position } of events) {
      if (position !== expected)
        throw new CodedError('follower_gap', `position ${position} came where ${expected} was expected`, {
          details: { log: this.#log, position, expected },
          nextStep: 'run `npx eventstream verify`: positions of a log have no gaps',
        });
      expected = nextPosition(position);
    }
  }

  /** Everything up to here has been read. */
  moveTo(at: Position): void {
    this.#at = at;
    metrics.followerPosition.set({ follower: this.#follower }, at);
    this.#compare();
  }

  /** The log's head was this; it was asked for at `askedAtMs`. */
  saw({ position }: Pick<LogHead, 'position'>, askedAtMs: number): void {
    this.#head = { position, askedAtMs };
    this.#unreached ??= this.#head;
    this.#compare();
  }

  /** Nothing that was said of being caught up holds any more. */
  forget(): void {
    this.#unreached = undefined;
    this.#caughtUpAsOfMs = undefined;
  }

  #compare(): void {
    metrics.followerLag.set({ follower: this.#follower }, Math.max(0, this.#head.position - this.#at));
    if (this.#unreached === undefined || this.#unreached.position > this.#at) return;
    this.#caughtUpAsOfMs = this.#unreached.askedAtMs;
    const hasReachedNewest = this.#head.position <= this.#at;
    if (hasReachedNewest) this.#caughtUpAsOfMs = this.#head.askedAtMs;
    this.#unreached = hasReachedNewest ? undefined : this.#head;
  }
}
