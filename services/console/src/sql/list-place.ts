/** Where a list goes on, as a text that the page hands back and need not understand: after a time, and a uuid where times are equal. */
import { isUuid } from '@eventstream/contracts';
import { CodedError } from '@eventstream/platform';

/** A place in a list. */
export interface ListPlace {
  readonly micros: string;
  readonly id: string;
}

/** The cursor of what comes after this place. */
export function encodePlace({ micros, id }: ListPlace): string {
  return Buffer.from(`${micros} ${id}`).toString('base64url');
}

/** The place of a cursor. Throws `cursor_unknown` for a text that no page ended with. */
export function decodePlace(cursor: string): ListPlace {
  const [, micros, id] = /^(\d{1,17}) (\S+)$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (micros === undefined || !isUuid(id)) throw new CodedError('cursor_unknown', 'No page ended with this cursor.');
  return { micros, id };
}
