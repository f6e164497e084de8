/** Holds what a client was told against what the log has. Pure. */
import type { OrderId } from '@eventstream/contracts';
import type { Attempt, OrderHistory, Wish } from '../load/history.ts';
import type { StoredEvent, StoredOrders } from './stored-orders.ts';

/** A client was told something that is not so. */
export interface Lie {
  readonly orderId: OrderId;
  readonly says: string;
}

/** Every lie, at rest: no work is under way any more. */
export function compare(histories: readonly OrderHistory[], stored: StoredOrders): readonly Lie[] {
  const known = new Set(histories.map(({ id }) => id));
  const strangers = [...stored.keys()].filter((id) => !known.has(id));
  return [
    ...strangers.map((orderId) => ({ orderId, says: 'is stored, and nobody asked for it' })),
    ...histories.flatMap((history) =>
      liesAbout(history, stored.get(history.id) ?? []).map((says) => ({ orderId: history.id, says })),
    ),
  ];
}

function liesAbout({ id, attempts }: OrderHistory, events: readonly StoredEvent[]): string[] {
  const types = events.map(({ type }) => type);
  const told = (wish: Wish, verdict: Attempt['verdict']): readonly Attempt[] =>
    attempts.filter((attempt) => attempt.wish === wish && attempt.verdict === verdict);
  const placed = attempts.filter(({ wish }) => wish === 'place' || wish === 'repeat');
  const wasAcked = placed.some(({ verdict }) => verdict === 'acked');
  const wasRefused = placed.length > 0 && placed.every(({ verdict }) => verdict === 'refused');
  const other = attempts.find(({ orderId, verdict }) => verdict === 'acked' && orderId !== undefined && orderId !== id);
  const end = types.at(-1);
  const gone = (wish: Wish): boolean => attempts.some((attempt) => attempt.wish === wish && attempt.answer === '404');
  const neverDone = (wish: Wish): boolean => told(wish, 'acked').length === 0 && told(wish, 'unknown').length === 0;
  // The review policy decides as well; only a person's verdict was asked for.
  const byPerson = (verdict: string): boolean => events.some(({ type, isByPerson }) => type === verdict && isByPerson);
  const lies: readonly (readonly [isLie: boolean, says: string])[] = [
    [wasAcked && types[0] !== 'created', 'was acknowledged and is not stored'],
    [wasRefused && types.length > 0, 'was refused every time and is stored all the same'],
    [types.filter((type) => type === 'created').length > 1, 'is stored more than once'],
    [other !== undefined, `its key led to another order, ${other?.orderId}, as well`],
    [told('otherOrder', 'acked').length > 0, 'another order under its key was acknowledged'],
    [wasAcked && (gone('look') || gone('cancel')), 'was acknowledged and then was not found (404)'],
    [types.length > 0 && end !== 'approved' && end !== 'cancelled', `has come to no end: ${types.join(' → ')}`],
    [
      told('cancel', 'acked').length > 0 && end !== 'cancelled',
      'its cancellation was acknowledged, and it is not cancelled',
    ],
    [
      told('approve', 'acked').length > 0 && end !== 'approved',
      'its approval was acknowledged, and it is not approved',
    ],
    [
      told('reject', 'acked').length > 0 && !types.includes('reviewrejected'),
      'its rejection was acknowledged, and is not stored',
    ],
    [neverDone('cancel') && types.includes('cancelrequested'), 'every cancellation was refused, and one is stored'],
    [neverDone('approve') && byPerson('approved'), 'every approval was refused, and one is stored'],
    [neverDone('reject') && byPerson('reviewrejected'), 'every rejection was refused, and one is stored'],
  ];
  return lies.filter(([isLie]) => isLie).map(([, says]) => says);
}
