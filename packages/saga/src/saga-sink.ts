/** Reads the log into saga rows: the sink that the follower feeds. Writes rows only; whatever is to be done is left to the action loop. */
import { position, type StreamName } from '@eventstream/contracts';
import { CodedError, counter } from '@eventstream/platform';
import { type LogSink, RecentStates } from '@eventstream/worker';
import type { SagaDefinition } from './definition.ts';
import { foldPage, type RowSettings, type SagaRow } from './saga-row.ts';
import { hasEnded } from './saga-state.ts';
import type { SagaStore } from './saga-store.ts';

/** What the sink is made of. */
export interface SagaSinkOptions extends RowSettings {
  /** The sink's name, and so its durable consumer's. */
  readonly name: string;
  readonly definition: SagaDefinition;
  readonly store: SagaStore;
  /** Called after a page was committed that left something to do at once. */
  readonly onWork?: () => void;
}

const ended = counter('saga_ended_total', 'Sagas that came to their end', ['saga', 'end', 'reason']);

/** Makes the sink. Its promises are those of `LogSink`; an event that cannot be folded parks its saga, visibly. */
export function sagaSink(options: SagaSinkOptions): LogSink {
  const { definition, store } = options;
  // Safe, because a saga's state is a function of its revision alone, and only the very next event is folded onto it.
  const recent = new RecentStates<StreamName, SagaRow>((stream) => stream);
  const calls = typesThatCall(definition);
  return {
    name: options.name,
    // While all goes well the saga has nothing to do before a deadline, so its row may be written a little later.
    mayWait: ({ type }) => !calls.has(type),
    checkpoint: () => {
      // Asked at the start, after another was faster, and in a new life of the log, where revisions mean other events.
      recent.forget();
      return store.checkpoint();
    },
    apply: async (events, incarnation) => {
      const [first, last] = [events[0], events.at(-1)];
      if (!first || !last) return { kind: 'committed' };
      if (last.position - first.position !== events.length - 1)
        throw new CodedError('saga_page_with_a_hole', `positions ${first.position} to ${last.position} have a hole`);
      const { known, unknown } = recent.split(events);
      let written: readonly SagaRow[] = [];
      try {
        const outcome = await store.applyPage({
          after: position(first.position - 1),
          to: last.position,
          incarnation,
          streams: unknown,
          fold: (read) => {
            written = foldPage(definition, options, { known: new Map([...known, ...read]), events });
            return written;
          },
        });
        if (outcome.kind === 'moved') recent.forget();
        else {
          for (const row of written) recent.remember(row.stream, isOpen(row) ? row : undefined);
          announce(options, written);
        }
        return outcome;
      } catch (error) {
        recent.forget();
        throw error;
      }
    },
  };
}

/** Whether the saga's next event can be folded onto this row. */
function isOpen({ fault, state }: SagaRow): boolean {
  return fault === null && state !== undefined && !hasEnded(state);
}

/** The events after which the saga itself has something to do. */
function typesThatCall({ steps, cancelOn }: SagaDefinition): ReadonlySet<string> {
  const ofSteps = steps.flatMap(({ fails, undo }) => [fails, ...(undo ? [undo.ask, undo.done] : [])]);
  return new Set(cancelOn ? [...ofSteps, cancelOn.type] : ofSteps);
}

function announce({ definition, onWork }: SagaSinkOptions, written: readonly SagaRow[]): void {
  for (const { state } of written) {
    if (state && hasEnded(state)) ended.inc({ saga: definition.name, end: state.status, reason: state.reason ?? '' });
  }
  if (written.some(({ next }) => next?.dueMs === null)) onWork?.();
}
