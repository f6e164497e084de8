/** A worker of one's own: a customer gets one loyalty point for each whole unit of money in an approved order. */
import { digitsOf, type Money, orderIdOf } from '@eventstream/contracts';
import type { EventReader } from '@eventstream/event-store';
import { loadOrder } from '@eventstream/orders';
import { deadLetter, done, type Handler } from '@eventstream/worker';
import type { PointsBook } from './points-book.ts';

/** Handles `ORDERS.approved`. What it throws is tried again; while the database is away, it waits. */
export function grantPoints(log: EventReader, book: PointsBook): Handler {
  return async (event) => {
    const orderId = orderIdOf(event.stream);
    if (orderId === undefined) return deadLetter(`${event.stream} is no order's stream`);

    // The event says who approved. Whose order it is, and what it costs, stands in the events before it.
    const { order } = await loadOrder(log, orderId);
    if (order.status !== 'Approved') return deadLetter(`order ${orderId} is ${order.status}, and yet it was approved`);

    // After a crash the event comes again, with the same id: the book already has the grant, and nothing changes.
    const { customerId, amount } = order.details;
    await book.grant({ id: event.id, customerId, points: wholeUnits(amount) });
    return done;
  };
}

/** 19.90 EUR → 19. */
function wholeUnits({ minor, currency }: Money): bigint {
  return minor / 10n ** BigInt(digitsOf(currency));
}
