/**
 * Tells a saga's life in a test, with virtual time: given what is recorded, when this is recorded or time passes, then
 * the saga does that. What the saga appends is recorded by the kit, as the engine would.
 *
 *   sagaTest(definition, { write }).given('ORDERS.created').when(timePasses(300_001)).does('askUndo payment: late')
 */
import assert from 'node:assert/strict';
import {
  eventId,
  eventType,
  type Metadata,
  nextPosition,
  nextRevision,
  noRevision,
  nowhere,
  type Position,
  type RecordedEvent,
  type Revision,
  type StreamName,
  streamName,
} from '@eventstream/contracts';
import { idOf } from '@eventstream/platform';
import type { SagaAction, SagaDefinition } from './definition.ts';
import { nextAction } from './next-action.ts';
import { reasonAsJson } from './reason-as-json.ts';
import { evolveSaga, type SagaState } from './saga-state.ts';

/** An event to record in a test: its type alone, or with data (a value for JSON, or bytes) and metadata. */
export type TestEvent = string | { readonly type: string; readonly data?: unknown; readonly metadata?: Metadata };

/** What happens in a test. */
export type Happening = TestEvent | { readonly passesMs: number };

/** Nothing is recorded for this long. */
export const timePasses = (ms: number): Happening => ({ passesMs: ms });

/** How a test is set up. */
export interface SagaTestOptions {
  /** Default `test-1`. */
  readonly stream?: string;
  /** The data of what the saga appends. Default: `{"reason": …}` as JSON. */
  readonly write?: (action: SagaAction) => { readonly data: Uint8Array; readonly metadata: Metadata };
  /** Virtual time at the beginning, milliseconds since 1970. Default: 1,000,000. */
  readonly startMs?: number;
}

const utf8 = new TextEncoder();

/** One story. Each method answers the story itself; a wrong expectation throws an AssertionError. */
export class SagaStory {
  readonly #definition: SagaDefinition;
  readonly #write: NonNullable<SagaTestOptions['write']>;
  readonly #stream: StreamName;
  #nowMs: number;
  #state: SagaState | undefined;
  #revision: Revision = noRevision;
  #position: Position = nowhere;
  readonly #events: RecordedEvent[] = [];
  #done: SagaAction[] = [];

  constructor(definition: SagaDefinition, options: SagaTestOptions = {}) {
    this.#definition = definition;
    this.#stream = streamName(options.stream ?? 'test-1');
    this.#write = options.write ?? reasonAsJson;
    this.#nowMs = options.startMs ?? 1_000_000;
  }

  /** Everything recorded so far, oldest first. */
  get events(): readonly RecordedEvent[] {
    return this.#events;
  }

  /** The saga as it is. */
  get state(): SagaState | undefined {
    return this.#state;
  }

  /** What is recorded before the test looks: the saga acts on it, and that is not compared. */
  given(...happenings: readonly Happening[]): this {
    this.when(...happenings);
    this.#done = [];
    return this;
  }

  /** What happens now, one after another. After each the saga does all that it has to. */
  when(...happenings: readonly Happening[]): this {
    for (const happening of happenings) {
      if (typeof happening === 'object' && 'passesMs' in happening) this.#nowMs += happening.passesMs;
      else this.#record(happening);
      this.#act();
    }
    return this;
  }

  /** What the saga did since the last look, as `askUndo STEP: REASON` and `end: REASON`; nothing when none is given. */
  does(...expected: readonly string[]): this {
    assert.deepEqual(this.#done.map(spoken), expected);
    this.#done = [];
    return this;
  }

  /** How the saga stands: its status, and its reason once it has one, as `undoing: customer`. */
  is(expected: string): this {
    const state = this.#state;
    const stands = state ? (state.reason === null ? state.status : `${state.status}: ${state.reason}`) : 'not started';
    assert.equal(stands, expected);
    return this;
  }

  #act(): void {
    // Every action changes the state, so a saga of n steps never needs more than n undos and an end.
    for (let left = this.#definition.steps.length + 1; left >= 0; left -= 1) {
      if (!this.#state) return;
      const action = nextAction(this.#definition, this.#state, this.#nowMs);
      if (action.kind !== 'askUndo' && action.kind !== 'end') return;
      this.#done.push(action);
      const { data, metadata } = this.#write(action);
      this.#record({ type: action.type, data, metadata });
    }
    assert.fail(`the saga does not come to rest: ${this.#done.map(spoken).join(', ')}`);
  }

  #record(event: TestEvent): void {
    const { type, data, metadata } = typeof event === 'string' ? { type: event } : event;
    this.#revision = nextRevision(this.#revision);
    this.#position = nextPosition(this.#position);
    const recorded: RecordedEvent = {
      id: eventId(idOf(this.#stream, String(this.#revision))),
      log: this.#definition.log,
      stream: this.#stream,
      type: eventType(type),
      data: data instanceof Uint8Array ? data : utf8.encode(JSON.stringify(data ?? {})),
      metadata: metadata ?? {},
      position: this.#position,
      revision: this.#revision,
      recordedAtMs: this.#nowMs,
    };
    this.#events.push(recorded);
    this.#state = evolveSaga(this.#definition, this.#state, recorded);
  }
}

/** Begins a story. */
export function sagaTest(definition: SagaDefinition, options?: SagaTestOptions): SagaStory {
  return new SagaStory(definition, options);
}

function spoken(action: SagaAction): string {
  return action.kind === 'askUndo' ? `askUndo ${action.step}: ${action.reason}` : `end: ${action.reason}`;
}
