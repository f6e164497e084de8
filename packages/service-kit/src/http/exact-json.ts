/**
 * A JSON body parser that never makes a float of an amount: a number in one of the named fields comes as the text it
 * was written as. Refuses bytes that are not UTF-8, and keys that would reach into prototypes.
 */
import { kitProblems, Problem } from '../problem.ts';

/** A body that cannot be read; carries the answer. */
export class UnreadableBody extends Error {
  readonly code = 'http_unreadable_body';
  readonly problem: Problem;

  constructor(detail: string, pointer: string, cause?: unknown) {
    super(`[http_unreadable_body] ${detail}`, { cause });
    this.name = 'UnreadableBody';
    this.problem = new Problem(kitProblems.malformedRequest, detail, { faults: [{ in: 'body', pointer, detail }] });
  }
}

const fromUtf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads a body. Throws `UnreadableBody`. */
export function parseExactJson(body: Uint8Array, exactNumberFields: ReadonlySet<string>): unknown {
  // The third argument carries the number as it was written (ECMAScript's "JSON.parse source text access"); the
  // compiler's library does not know it yet, hence optional.
  const revive = (key: string, value: unknown, context?: { readonly source?: string }): unknown => {
    refusePrototypes(key, value);
    return typeof value === 'number' && exactNumberFields.has(key) ? context?.source : value;
  };
  try {
    const text = fromUtf8.decode(body);
    const value: unknown = JSON.parse(text);
    // A reviver is called for each value and takes five times as long as the parser; most bodies need none.
    return needsReviver(value, exactNumberFields) ? JSON.parse(text, revive) : value;
  } catch (error) {
    if (error instanceof UnreadableBody) throw error;
    // What V8 says about a syntax error quotes the body, so it is not passed on. Too deep a nesting ends here as well.
    throw new UnreadableBody('the body is not JSON in UTF-8', '', error);
  }
}

/** Whether there is a number that must stay as it was written, or a key that may have to be refused. */
function needsReviver(value: unknown, exactNumberFields: ReadonlySet<string>): boolean {
  if (!isRecord(value)) return false;
  if (Array.isArray(value)) return value.some((item) => needsReviver(item, exactNumberFields));
  return Object.entries(value).some(
    ([key, inner]) =>
      key === '__proto__' ||
      key === 'constructor' ||
      (typeof inner === 'number' ? exactNumberFields.has(key) : needsReviver(inner, exactNumberFields)),
  );
}

function refusePrototypes(key: string, value: unknown): void {
  if (key === '__proto__') throw new UnreadableBody('__proto__ is not a field name that is taken', '/__proto__');
  if (key === 'constructor' && isRecord(value) && Object.hasOwn(value, 'prototype'))
    throw new UnreadableBody('constructor.prototype is not a field name that is taken', '/constructor/prototype');
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
