/** Where a page of orders ended, as a text that clients hand back and need not understand. */
import { type Position, position } from '@eventstream/contracts';
import { invalidRequest, type Problem } from '@eventstream/service-kit';

/** The cursor of the page that begins before this position. */
export function encodeCursor(before: Position): string {
  return Buffer.from(`before:${before}`).toString('base64url');
}

/** The position of a cursor; undefined without one; a problem for a text that no page ended with. */
export function decodeCursor(cursor: string | undefined): Position | Problem | undefined {
  if (cursor === undefined || cursor === '') return undefined;
  const [, digits] = /^before:([1-9][0-9]{0,14})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (digits === undefined) return invalidRequest({ in: 'query', pointer: '/cursor', detail: 'is no cursor of ours' });
  return position(Number(digits));
}
