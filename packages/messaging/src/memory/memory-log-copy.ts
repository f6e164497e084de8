/** A log's copy at the broker in memory, with the same fence as the real one: only `last + 1` is taken. */
import { type Incarnation, type LogName, type Position, position, type RecordedEvent } from '@eventstream/contracts';
import { CodedError } from '@eventstream/platform';
import { waitFor } from '@eventstream/platform/scheduler';
import { foreignCopy } from '../foreign-copy.ts';
import type { CopiedMessage, CopyScan, CopyState, Envelope, LogCopyAdmin, PublishOutcome } from '../port.ts';
import type { BrokerState } from './broker-state.ts';
import { MemoryStream, storedBytes } from './memory-stream.ts';

/** One log at one broker. */
export class MemoryLogCopy implements LogCopyAdmin, CopyScan {
  readonly #broker: BrokerState;
  readonly #log: LogName;

  constructor(broker: BrokerState, log: LogName) {
    this.#broker = broker;
    this.#log = log;
  }

  async inspect(): Promise<CopyState> {
    await this.#reach();
    const found = this.#broker.strangers.get(this.#log);
    if (found !== undefined) return { kind: 'foreign', found, nextStep: 'it is left untouched' };
    return this.#broker.streams.get(this.#log)?.state() ?? { kind: 'missing' };
  }

  async create(incarnation: Incarnation): Promise<void> {
    const state = await this.inspect();
    if (state.kind === 'missing') {
      this.#broker.streams.set(this.#log, new MemoryStream(incarnation, this.#broker.limits));
      this.#broker.changed();
    } else if (state.kind === 'foreign') {
      throw foreignCopy(this.#log, state);
    } else if (state.incarnation !== incarnation) {
      throw new CodedError('stream_other_incarnation', `the copy of log ${this.#log} belongs to another life`);
    }
  }

  async publish(events: readonly RecordedEvent[], incarnation: Incarnation): Promise<PublishOutcome> {
    const outcome = this.#storeAll(events, incarnation); // at once, so that calls keep their order
    await waitFor(this.#broker.scheduler, 0);
    return outcome;
  }

  async publishStub(event: RecordedEvent, incarnation: Incarnation): Promise<PublishOutcome> {
    const stub = { ...event, data: new Uint8Array(), metadata: {} };
    const outcome = this.#store({ event: stub, incarnation, stub: true });
    await waitFor(this.#broker.scheduler, 0);
    return outcome;
  }

  async read(at: Position): Promise<Envelope | undefined> {
    await this.#reach();
    return this.#broker.streams.get(this.#log)?.at(at);
  }

  async *scan(first: Position, last: Position): AsyncGenerator<readonly CopiedMessage[]> {
    await this.#reach();
    const found: CopiedMessage[] = [];
    for (let at: number = first; at <= last; at += 1) {
      const stored = this.#broker.streams.get(this.#log)?.at(position(at));
      if (stored) found.push({ kind: 'event', position: position(at), subject: stored.event.type, ...stored });
    }
    yield found;
  }

  async destroy(): Promise<void> {
    const state = await this.inspect();
    if (state.kind === 'foreign') throw foreignCopy(this.#log, state);
    this.#broker.remove(this.#log);
  }

  async #reach(): Promise<void> {
    await waitFor(this.#broker.scheduler, 0);
    if (!this.#broker.up) throw new CodedError('broker_unavailable', 'the broker does not answer');
  }

  #storeAll(events: readonly RecordedEvent[], incarnation: Incarnation): PublishOutcome {
    let last: Position | undefined;
    let lost: PublishOutcome | undefined;
    for (const event of events) {
      const outcome = this.#store({ event, incarnation, stub: false });
      if (outcome.kind === 'published') last = outcome.last;
      // Without an answer the sender does not stop: what follows is already on its way.
      else if (outcome.kind === 'doubt') lost ??= { ...outcome, last };
      else return lost ?? outcome;
    }
    return lost ?? { kind: 'published', last: last ?? position(Math.max(0, (events[0]?.position ?? 1) - 1)) };
  }

  #store(stored: Envelope): PublishOutcome {
    const { event } = stored;
    const stream = this.#broker.streams.get(this.#log);
    if (!this.#broker.up || stream === undefined) return doubt('no answer');
    if (this.#broker.faults.take('losePublish')) return doubt('no answer');
    const bytes = storedBytes(stored);
    if (bytes > this.#broker.limits.messageBytesMax) {
      return { kind: 'unpublishable', position: event.position, reason: `it has ${bytes} bytes` };
    }
    if (stream.at(event.position)?.event.id !== event.id) {
      if (event.position !== stream.last + 1) return doubt(`wrong last sequence: ${stream.last}`);
      stream.push(stored);
      this.#broker.changed();
    }
    if (!stored.stub) this.#tell(event);
    return this.#broker.faults.take('loseAnswer') ? doubt('no answer') : { kind: 'published', last: event.position };
  }

  /** Those who listen now, in a turn of their own. */
  #tell(event: RecordedEvent): void {
    const { listeners, scheduler } = this.#broker;
    for (const listener of listeners) scheduler.after(0, () => listeners.has(listener) && listener(event));
  }
}

function doubt(reason: string): PublishOutcome {
  return { kind: 'doubt', last: undefined, reason };
}
