/** A position as clients carry it around: `ORDERS:123`. Given back with a read, it asks for at least that much. */
import { ordersLog, type Position, position } from '@eventstream/contracts';

/** What a token looks like, for schemas. */
export const positionTokenPattern = '^ORDERS:[0-9]{1,15}$';
/** The same in words. */
export const positionTokenWords = 'the Eventstream-Position of a write, such as ORDERS:123';

/** The position as a token. */
export function positionToken(at: Position): string {
  return `${ordersLog}:${at}`;
}

/** The position of a token that fits the pattern. */
export function readPositionToken(token: string): Position {
  return position(Number(token.slice(ordersLog.length + 1)));
}
