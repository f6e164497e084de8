/** A saga's state as the JSON that a row keeps, with the version of its form. */
import { eventId, revision } from '@eventstream/contracts';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { type SagaState, sagaStateVersion } from './saga-state.ts';

const text = Type.String();
const ms = Type.Number();

const stepJson = Type.Union([
  Type.Object({ kind: Type.Literal('pending'), name: text }),
  Type.Object({ kind: Type.Literal('running'), name: text, sinceMs: ms, dueMs: ms }),
  Type.Object({ kind: Type.Literal('done'), name: text, atMs: ms }),
  Type.Object({ kind: Type.Literal('failed'), name: text, atMs: ms, askedMs: Type.Union([ms, Type.Null()]) }),
  Type.Object({ kind: Type.Literal('undoAsked'), name: text, sinceMs: ms }),
  Type.Object({ kind: Type.Literal('undone'), name: text, atMs: ms }),
]);

const stateJson = Compile(
  Type.Object({
    version: Type.Literal(sagaStateVersion),
    status: Type.Union([
      Type.Literal('running'),
      Type.Literal('undoing'),
      Type.Literal('done'),
      Type.Literal('undone'),
    ]),
    reason: Type.Union([text, Type.Null()]),
    steps: Type.Array(stepJson),
    cause: text,
    startedAtMs: ms,
    sinceMs: ms,
    revision: Type.Integer(),
  }),
);

/** The state as text. */
export function encodeSagaState(state: SagaState): string {
  return JSON.stringify({ version: sagaStateVersion, ...state });
}

/** The state back from its text; undefined when it was written in another form. */
export function decodeSagaState(json: string): SagaState | undefined {
  const value: unknown = JSON.parse(json);
  if (!stateJson.Check(value)) return undefined;
  const { version: _, ...state } = value;
  return { ...state, cause: eventId(state.cause), revision: revision(state.revision) };
}
