/** The states in which a dead letter holds up its stream, as a statement writes them. */
import { unresolvedStates } from '../dead-letters/dead-letters.ts';

/** For `state in …`. */
export const unresolved = `(${unresolvedStates.map((state) => `'${state}'`).join(', ')})`;
