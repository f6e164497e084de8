/** Windows under way to the broker: how much is in flight, how far it got, and what went wrong first. */
import { type Incarnation, metadataKeys, type Position, type RecordedEvent } from '@eventstream/contracts';
import { failpoint, failSpan, isKept, type Span, startSpan } from '@eventstream/platform';
import type { LogCopy, PublishOutcome } from '../port.ts';

/** What ended the windows under way. */
export type Trouble = Exclude<PublishOutcome, { kind: 'published' }>;

/** An envelope's size on top of its data, roughly; only bounds memory. */
const envelopeBytes = 600;

/** Publishes consecutive windows without waiting for each other's acks. After trouble it is spent: make a new one. */
export class WindowsUnderWay {
  readonly #copy: LogCopy;
  readonly #incarnation: Incarnation;
  readonly #onSettled: () => void;
  #eventsInFlight = 0;
  #bytesInFlight = 0;
  #published: Position;
  #trouble: Trouble | undefined;
  /** Outcomes are taken in the order of the windows, whichever comes first. */
  #settled: Promise<void> = Promise.resolve();

  constructor(copy: LogCopy, o: { from: Position; incarnation: Incarnation; onSettled: () => void }) {
    this.#copy = copy;
    this.#published = o.from;
    this.#incarnation = o.incarnation;
    this.#onSettled = o.onSettled;
  }

  get eventsInFlight(): number {
    return this.#eventsInFlight;
  }

  get bytesInFlight(): number {
    return this.#bytesInFlight;
  }

  /** Everything up to here is acknowledged. */
  get published(): Position {
    return this.#published;
  }

  /** The first outcome that was not `published`. */
  get trouble(): Trouble | undefined {
    return this.#trouble;
  }

  /** Sends a window; `onSettled` is called when it is through. */
  submit(events: readonly RecordedEvent[]): void {
    const bytes = events.reduce((sum, event) => sum + event.data.length + envelopeBytes, 0);
    this.#eventsInFlight += events.length;
    this.#bytesInFlight += bytes;
    const spans = publishSpans(events);
    failpoint('relay.beforePublish');
    const outcome = this.#copy.publish(events, this.#incarnation);
    this.#settled = this.#settle(this.#settled, outcome, { events: events.length, bytes, spans });
  }

  /** Resolves when nothing is in flight any more. */
  drained(): Promise<void> {
    return this.#settled;
  }

  async #settle(
    earlier: Promise<void>,
    outcome: Promise<PublishOutcome>,
    sent: { events: number; bytes: number; spans: readonly Span[] },
  ): Promise<void> {
    await earlier;
    const result = await outcome;
    failpoint('relay.afterPublish');
    this.#take(result);
    endSpans(sent.spans, result);
    this.#eventsInFlight -= sent.events;
    this.#bytesInFlight -= sent.bytes;
    this.#onSettled();
  }

  #take(outcome: PublishOutcome): void {
    if (this.#trouble !== undefined) return;
    switch (outcome.kind) {
      case 'published':
        this.#published = outcome.last;
        return;
      case 'doubt':
        this.#published = outcome.last ?? this.#published;
        this.#trouble = outcome;
        return;
      case 'unpublishable':
        this.#trouble = outcome;
    }
  }
}

/** One span for each event whose order is traced, in that order's trace; the others cost a look. */
function publishSpans(events: readonly RecordedEvent[]): readonly Span[] {
  const spans: Span[] = [];
  for (const { type, position, stream, metadata } of events) {
    const parent = metadata[metadataKeys.traceparent];
    if (!isKept(parent)) continue;
    const attributes = {
      'messaging.system': 'nats',
      'messaging.destination.name': type,
      'eventstream.position': position,
      'eventstream.stream': stream,
    };
    spans.push(startSpan(`relay publish ${type}`, { kind: 'producer', parent, attributes }));
  }
  return spans;
}

function endSpans(spans: readonly Span[], outcome: PublishOutcome): void {
  for (const span of spans) {
    if (outcome.kind !== 'published') failSpan(span, outcome.reason);
    span.end();
  }
}
