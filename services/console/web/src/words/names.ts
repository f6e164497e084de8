/** Names as they fit a line. */

/** The middle of a long id left out: `01a20bf0…3867c9`. Short ones stay whole. */
export function shortId(id: string): string {
  return id.length <= 16 ? id : `${id.slice(0, 8)}…${id.slice(-6)}`;
}

/** An event's type without its log: `ORDERS.created` → `created`. */
export function shortType(type: string): string {
  return type.slice(type.indexOf('.') + 1);
}
