/** Conditional requests (RFC 9110, section 13) over revisions: an order's ETag is its revision in quotes. */
import { type Revision, revision } from '@eventstream/contracts';

/** The ETag of a revision. */
export function etagOf(at: Revision): string {
  return `"${at}"`;
}

/** The revision that an If-Match of the right shape asks for; undefined when any will do. */
export function readIfMatch(header: string | undefined): Revision | undefined {
  return header === undefined || header === '*' ? undefined : revision(Number(header.slice(1, -1)));
}

/** Whether an If-None-Match names this revision, so that nothing needs to be sent. Weak and strong count alike here. */
export function isKnown(header: string | undefined, at: Revision): boolean {
  if (header === undefined) return false;
  return header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etagOf(at));
}
