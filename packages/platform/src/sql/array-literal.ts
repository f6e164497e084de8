/**
 * Lists as PostgreSQL's array literals (documentation, section 8.15.2). `pg` writes the same, but escapes and joins
 * element by element, which was a quarter of all that a busy follower allocated.
 */

const needsEscape = /["\\]/;
const toEscape = /["\\]/g;

/** The literal of a list of texts, numbers, booleans and nulls; what has anything else in it is left as it is. */
export function asParameter(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const parts: string[] = [];
  const elements: readonly unknown[] = value;
  for (const element of elements) {
    const part = partOf(element);
    if (part === undefined) return value;
    parts.push(part);
  }
  return `{${parts.join(',')}}`;
}

function partOf(element: unknown): string | undefined {
  switch (typeof element) {
    case 'string':
      return needsEscape.test(element) ? `"${element.replace(toEscape, String.raw`\$&`)}"` : `"${element}"`;
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(element);
    default:
      return element === null ? 'NULL' : undefined;
  }
}
