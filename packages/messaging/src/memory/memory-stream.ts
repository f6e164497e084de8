/** One log's copy in memory: retained events at their positions, and the durable consumers over them. */
import { type Incarnation, type Position, position, type RecordedEvent } from '@eventstream/contracts';
import type { CopyState, Envelope } from '../port.ts';
import type { Durable, Retained } from './durable.ts';

/** How much is kept. Beyond `bytesMax` the oldest go. */
export interface StreamLimits {
  readonly bytesMax: number;
  readonly messageBytesMax: number;
}

/** An envelope's size on top of data and metadata, roughly. */
const envelopeBytes = 400;

/** What one stored event takes. */
export function storedBytes({ event, stub }: Envelope): number {
  return envelopeBytes + (stub ? 0 : event.data.length + JSON.stringify(event.metadata).length);
}

/** The stream of one log and one of its lives. */
export class MemoryStream implements Retained {
  readonly incarnation: Incarnation;
  readonly durables = new Map<string, Durable>();
  readonly #limits: StreamLimits;
  readonly #stored: Envelope[] = [];
  #last = 0;
  #bytes = 0;

  constructor(incarnation: Incarnation, limits: StreamLimits) {
    this.incarnation = incarnation;
    this.#limits = limits;
  }

  get last(): Position {
    return position(this.#last);
  }

  get first(): Position {
    return position(this.#last - this.#stored.length + 1);
  }

  state(): CopyState {
    return {
      kind: 'ours',
      incarnation: this.incarnation,
      first: this.first,
      last: this.last,
      lastId: this.#stored.at(-1)?.event.id,
      messageBytesMax: this.#limits.messageBytesMax,
    };
  }

  at(where: Position): Envelope | undefined {
    return where < this.first ? undefined : this.#stored[where - this.first];
  }

  /** Stores at `last + 1`, and lets the oldest go when there is too much. */
  push(stored: Envelope): void {
    this.#stored.push(stored);
    this.#last += 1;
    this.#bytes += storedBytes(stored);
    while (this.#bytes > this.#limits.bytesMax && this.#stored.length > 1) this.#forget(this.#stored.shift());
    for (const durable of this.durables.values()) durable.pump();
  }

  /** Loses the last events, as a broker does that acknowledged before it wrote to disk. */
  loseTail(count: number): void {
    for (let left = Math.min(count, this.#stored.length); left > 0; left -= 1) {
      this.#forget(this.#stored.pop());
      this.#last -= 1;
    }
  }

  find(from: number, wants: (event: RecordedEvent) => boolean): Envelope | undefined {
    for (let at = Math.max(0, from - this.first); at < this.#stored.length; at += 1) {
      const stored = this.#stored[at];
      if (stored !== undefined && wants(stored.event)) return stored;
    }
    return undefined;
  }

  count(from: number, wants: (event: RecordedEvent) => boolean): number {
    return this.#stored.slice(Math.max(0, from - this.first)).filter(({ event }) => wants(event)).length;
  }

  removeDurable(name: string): void {
    this.durables.get(name)?.remove();
    this.durables.delete(name);
  }

  removeDurables(): void {
    for (const name of this.durables.keys()) this.removeDurable(name);
  }

  #forget(stored: Envelope | undefined): void {
    if (stored !== undefined) this.#bytes -= storedBytes(stored);
  }
}
