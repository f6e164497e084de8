/**
 * Holds the broker's copy against the log: both are read side by side, in order, a batch ahead. Each retained sequence
 * must be the event at that position, byte for byte, and nothing may be missing between the first and the last.
 */
import {
  type Incarnation,
  type LogName,
  type Metadata,
  nowhere,
  orderIdOf,
  type Position,
  position,
  type RecordedEvent,
} from '@eventstream/contracts';
import type { EventReader } from '@eventstream/event-store';
import type { CopiedMessage, CopyScan, CopyState, LogCopy } from '@eventstream/messaging';
import type { Findings } from '../findings.ts';
import { readAhead } from '../read-ahead.ts';

/** Compares the broker's copy with the log. */
export interface CopyCheck {
  check(head: Position, findings: Findings, onProgress: (looked: number) => void): Promise<void>;
}

/** Events that are asked of the store at once. */
const pageEvents = 1_000;

/** What is asked of the broker. */
export interface InspectedCopy extends CopyScan, Pick<LogCopy, 'inspect'> {}

/** Compares everything that the broker retains up to the head. */
export function copyCheck(log: LogName, reader: EventReader, copy: InspectedCopy): CopyCheck {
  return {
    async check(head, findings, onProgress) {
      const state = await copy.inspect();
      const now = await reader.head(log);
      const span = spanOf(state, now, findings);
      if (!span) {
        if (state.kind === 'missing' && head > nowhere)
          findings.differs({
            promise: 'copy',
            message: 'the broker has no copy of the log; the relay makes it anew when it runs',
          });
        return;
      }
      const last = position(Math.min(span.last, head));
      const comparison = new Comparison({ copy, findings, life: now.incarnation });
      const events = readAhead(pagesOf(reader, log, { after: position(Math.max(span.first - 1, 0)), to: last }));
      const messages = new Stretches(readAhead(copy.scan(span.first, last)));
      let at = position(Math.max(span.first - 1, 0));
      for await (const page of events) {
        const to = page.at(-1)?.position ?? at;
        await comparison.compare(page, await messages.upTo(to));
        findings.examined('copy', page.length);
        at = to;
        onProgress(at);
      }
      await comparison.compare([], await messages.upTo(last));
    },
  };
}

/** Stands in for a broker that does not answer: the promise is reported as not checked. */
export function unreachableCopy(why: string): CopyCheck {
  return { check: async (_head, findings) => findings.missed('copy', `the broker cannot be reached: ${why}`) };
}

/** The positions to compare, or undefined when there is nothing to compare. */
function spanOf(
  state: CopyState,
  now: { readonly incarnation: Incarnation; readonly position: Position },
  findings: Findings,
): { readonly first: Position; readonly last: Position } | undefined {
  const differs = (message: string, at?: Position): void =>
    findings.differs({ promise: 'copy', message, ...(at === undefined ? {} : { position: at }) });
  if (state.kind === 'missing') return undefined;
  if (state.kind === 'foreign') {
    differs(`the broker has something of that name that is not ours: ${state.found}`);
    return undefined;
  }
  if (state.incarnation !== now.incarnation)
    differs(`the broker's copy is of incarnation ${state.incarnation}, the log of ${now.incarnation}`);
  if (state.last > now.position)
    differs(`the broker's last sequence ${state.last} is beyond the log's head ${now.position}`, state.last);
  return state;
}

async function* pagesOf(
  reader: EventReader,
  log: LogName,
  { after, to }: { readonly after: Position; readonly to: Position },
): AsyncGenerator<readonly RecordedEvent[]> {
  let at = after;
  while (at < to) {
    const page = await reader.readLog(log, at, { limit: pageEvents });
    const events = page.events.filter((event) => event.position <= to);
    if (events.length === 0) return;
    yield events;
    at = page.scannedTo;
  }
}

/** Cuts the broker's batches where the store's pages end. */
class Stretches {
  readonly #batches: AsyncIterator<readonly CopiedMessage[]>;
  #held: readonly CopiedMessage[] = [];

  constructor(batches: AsyncIterable<readonly CopiedMessage[]>) {
    this.#batches = batches[Symbol.asyncIterator]();
  }

  async upTo(to: Position): Promise<readonly CopiedMessage[]> {
    const found: CopiedMessage[] = [];
    for (;;) {
      const cut = this.#held.findIndex((message) => message.position > to);
      if (cut >= 0) {
        found.push(...this.#held.slice(0, cut));
        this.#held = this.#held.slice(cut);
        return found;
      }
      found.push(...this.#held);
      const next = await this.#batches.next();
      this.#held = next.done ? [] : next.value;
      if (next.done) return found;
    }
  }
}

/** Two stretches of the same positions, one of the log and one of the broker. */
class Comparison {
  readonly #copy: InspectedCopy;
  readonly #findings: Findings;
  readonly #life: Incarnation;

  constructor(parts: { readonly copy: InspectedCopy; readonly findings: Findings; readonly life: Incarnation }) {
    this.#copy = parts.copy;
    this.#findings = parts.findings;
    this.#life = parts.life;
  }

  async compare(events: readonly RecordedEvent[], messages: readonly CopiedMessage[]): Promise<void> {
    let next = 0;
    const missing: RecordedEvent[] = [];
    for (const event of events) {
      for (let message = messages[next]; message && message.position < event.position; message = messages[next]) {
        this.#surplus(message);
        next += 1;
      }
      const message = messages[next];
      if (message?.position === event.position) {
        this.#same(event, message);
        next += 1;
      } else missing.push(event);
    }
    for (const message of messages.slice(next)) this.#surplus(message);
    if (missing.length > 0) await this.#holes(missing);
  }

  #surplus(message: CopiedMessage): void {
    const what = message.kind === 'event' ? `event ${message.event.id}` : 'a message';
    this.#differs(`the broker has ${what} where the log has nothing`, message.position);
  }

  /** What was evicted since the copy was inspected is gone together with everything before it, and is no hole. */
  async #holes(missing: readonly RecordedEvent[]): Promise<void> {
    const state = await this.#copy.inspect();
    const first = state.kind === 'ours' ? state.first : nowhere;
    for (const event of missing)
      if (event.position >= first)
        this.#differs(`the broker retains positions around ${event.position} and not this one`, event.position, event);
  }

  #same(event: RecordedEvent, message: CopiedMessage): void {
    const wrong = message.kind === 'event' ? differenceOf(event, message, this.#life) : message.reason;
    if (wrong !== undefined) this.#differs(wrong, event.position, event);
  }

  #differs(message: string, at: Position, event?: RecordedEvent): void {
    const orderId = event && orderIdOf(event.stream);
    this.#findings.differs({ promise: 'copy', message, position: at, ...(orderId ? { orderId } : {}) });
  }
}

function differenceOf(
  event: RecordedEvent,
  message: Extract<CopiedMessage, { kind: 'event' }>,
  life: Incarnation,
): string | undefined {
  const copied = message.event;
  if (copied.id !== event.id) return `the broker has event ${copied.id} where the log has ${event.id}`;
  if (
    copied.type !== event.type ||
    copied.stream !== event.stream ||
    copied.revision !== event.revision ||
    copied.position !== event.position
  )
    return `event ${event.id} has another type, stream, revision or position at the broker`;
  if (message.subject !== copied.type)
    return `event ${event.id} is of type ${copied.type} and lies under ${message.subject} at the broker`;
  if (message.incarnation !== life) return `event ${event.id} was published under incarnation ${message.incarnation}`;
  if (message.stub) return undefined;
  if (!Buffer.from(copied.data).equals(event.data)) return `event ${event.id} has other bytes at the broker`;
  if (copied.recordedAtMs !== event.recordedAtMs || !sameMetadata(copied.metadata, event.metadata))
    return `event ${event.id} has another time or other metadata at the broker`;
  return undefined;
}

function sameMetadata(one: Metadata, other: Metadata): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}
