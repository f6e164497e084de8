/** Reads what users type. A value that does not fit is refused by commander, which names the argument. */
import {
  type EventType,
  eventType,
  isUuid,
  type OrderId,
  orderEventTypes,
  orderId,
  ordersLog,
  type Position,
  position,
} from '@eventstream/contracts';
import { parseDurationMs } from '@eventstream/platform';
import { InvalidArgumentError } from 'commander';

/** A whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** An order's id. */
export function orderIdArgument(text: string): OrderId {
  if (isUuid(text)) return orderId(text);
  throw new InvalidArgumentError('It must be the id of an order, a uuid.');
}

/** A position: `123`, or the token `ORDERS:123`. */
export function positionArgument(text: string): Position {
  const digits = text.startsWith(`${ordersLog}:`) ? text.slice(ordersLog.length + 1) : text;
  if (/^\d{1,15}$/.test(digits)) return position(Number(digits));
  throw new InvalidArgumentError(`It must be a position such as 123 or ${ordersLog}:123.`);
}

/**
 * An event type, whole or without its log: `ORDERS.created` or `created`. For an option that may be repeated. The short form
 * is one of ours: a wrong one would find nothing, or wait for ever. Written whole it may be any that lies in the log.
 */
export function eventTypesArgument(text: string, before: readonly EventType[] = []): readonly EventType[] {
  const ours = Object.values(orderEventTypes);
  const found = ours.find((type) => type === `${ordersLog}.${text.toLowerCase()}`);
  if (found !== undefined) return [...before, found];
  try {
    if (text.includes('.')) return [...before, eventType(text)];
  } catch {
    // said below
  }
  const known = ours.map((type) => type.slice(ordersLog.length + 1)).join(', ');
  throw new InvalidArgumentError(`It must be one of ${known}; or a whole type, such as ${ordersLog}.created.`);
}

const dayMs = 86_400_000;
/** No database reckons back further than time goes. */
const durationDaysMax = 3650;
/** Node ends a timer of 25 days at once. */
const waitDaysMax = 24;

/** A duration such as `90s`, in milliseconds. */
export function durationArgument(text: string): number {
  return durationUpTo(durationDaysMax, text);
}

/** How long to wait: a duration, or seconds as a plain number. In milliseconds. */
export function waitArgument(text: string): number {
  return durationUpTo(waitDaysMax, /^\d+$/.test(text) ? `${text}s` : text);
}

function durationUpTo(days: number, text: string): number {
  const ms = parseDurationMs(text);
  if (ms !== undefined && ms <= days * dayMs) return ms;
  throw new InvalidArgumentError(`It must be a duration such as 250ms, 90s, 5m, 24h or 7d, at most ${days}d.`);
}

/** One of a few words. */
export function oneOf<Word extends string>(words: readonly Word[]): (text: string) => Word {
  return (text) => {
    const found = words.find((word) => word.toLowerCase() === text.toLowerCase());
    if (found !== undefined) return found;
    throw new InvalidArgumentError(`It must be one of ${words.join(', ')}.`);
  };
}
