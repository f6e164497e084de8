/**
 * Keeps the commits of one log that are under way at once apart where they touch, and in order where they end. The next
 * batch may set out while the database is still busy with the last one; but no write may be decided on one whose outcome
 * is still unknown, and no cache may learn of later positions first.
 */
import type { Position } from '@eventstream/contracts';
import type { Write } from '../../port.ts';

/** One commit, from when it is asked for until it has ended. */
export interface Commit {
  readonly writes: readonly Write[];
  /** It begins when all before it have ended, and nothing after it begins before it has ended. */
  readonly alone: boolean;
  /** Its streams and ids, gathered when the first other commit is held against it. */
  touched: ReadonlySet<string> | undefined;
  begun: boolean;
  /** Where the log stood before what it has stored, once the database has said so. */
  headBefore: Position | undefined;
}

interface Waiting {
  readonly isReady: () => boolean;
  readonly resolve: () => void;
}

/** The commits of one log that have not ended, in the order in which they were asked for. */
export class CommitsUnderWay {
  #commits: Commit[] = [];
  readonly #waiting = new Set<Waiting>();

  /**
   * Does the work of a commit when its turn has come: beside others, unless it must be alone, or has a stream or an id in
   * common with one that has not ended. Settles as the work does.
   */
  async run<T>({ writes, alone }: Pick<Commit, 'writes' | 'alone'>, work: (commit: Commit) => Promise<T>): Promise<T> {
    const commit: Commit = {
      writes,
      alone: alone || this.#touches(writes),
      touched: undefined,
      begun: false,
      headBefore: undefined,
    };
    this.#commits.push(commit);
    try {
      await this.#until(() => this.#isNext(commit));
      commit.begun = true;
      return await work(commit);
    } finally {
      this.#commits = this.#commits.filter((one) => one !== commit);
      this.#changed();
    }
  }

  /**
   * Resolves when no other commit under way can have stored events before this one's: these lie right behind the known
   * end of the log (`known`), or what lies in between was written by other processes. The commit must then go on
   * without waiting for anything else.
   */
  async inOrder(commit: Commit, headBefore: Position, known: () => Position): Promise<void> {
    commit.headBefore = headBefore;
    this.#changed();
    const others = () => this.#commits.filter((other) => other !== commit);
    await this.#until(() => headBefore <= known() || !others().some((other) => mayLieBefore(other, headBefore)));
  }

  #isNext(commit: Commit): boolean {
    const before = this.#commits.slice(0, this.#commits.indexOf(commit));
    return commit.alone ? before.length === 0 : before.every((other) => !other.alone);
  }

  #touches(writes: readonly Write[]): boolean {
    return this.#commits.some((commit) => {
      const touched = (commit.touched ??= touchedBy(commit.writes));
      return writes.some((write) => hasAnyOf(write, touched));
    });
  }

  #until(isReady: () => boolean): Promise<void> {
    if (isReady()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.add({ isReady, resolve });
    });
  }

  #changed(): void {
    for (const waiting of this.#waiting) {
      if (!waiting.isReady()) continue;
      this.#waiting.delete(waiting);
      waiting.resolve();
    }
  }
}

/** Whether the other commit has stored events at lower positions, or may have: unknown until the database answers. */
function mayLieBefore(other: Commit, headBefore: Position): boolean {
  return other.begun && (other.headBefore === undefined || other.headBefore < headBefore);
}

/** Streams and ids: those of one write decide on another that has any of them. */
function touchedBy(writes: readonly Write[]): ReadonlySet<string> {
  const touched = new Set<string>();
  for (const { streams } of writes)
    for (const { stream, events } of streams) {
      touched.add(stream);
      for (const { id } of events) touched.add(id);
    }
  return touched;
}

function hasAnyOf({ streams }: Write, touched: ReadonlySet<string>): boolean {
  return streams.some(({ stream, events }) => touched.has(stream) || events.some(({ id }) => touched.has(id)));
}
