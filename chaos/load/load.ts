/** Orders as `eventstream load` places them, at a steady rate whatever the system does, and what their customers do next. */
import { CodedError } from '@eventstream/platform';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { orderBody, readMix } from '../../cli/src/load/mix.ts';
import { type OrderAnswer, placeOrders } from '../../cli/src/load/place-orders.ts';
import type { Draw } from '../draw.ts';
import type { History, OrderHistory } from './history.ts';
import { liveOn } from './order-life.ts';
import { Client } from './requests.ts';

/** What arrives. */
export interface LoadOptions {
  readonly url: string;
  readonly ordersPerSecond: number;
  readonly forMs: number;
  readonly history: History;
  readonly draw: Draw;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

/** Of a hundred: payments that fail in every way there is, and orders that wait for a person. */
const shares = 'every=20,large=14,test-unavailable=2';
const limits = { inFlightMax: 400, retriesMax: 8, answerWithinMs: 15_000 };

/** Resolves when nobody asks for anything any more, with how many orders could not be sent because too many were waiting. */
export async function load({ url, ordersPerSecond, forMs, history, draw, signal }: LoadOptions): Promise<number> {
  const mix = readMix(shares);
  if (typeof mix === 'string') throw new CodedError('mix_invalid', mix);
  const over = AbortSignal.any([AbortSignal.timeout(forMs), signal]);
  const parts = { client: new Client(url), history, over };
  const lives: Promise<void>[] = [];
  const { inFlightMax, retriesMax, answerWithinMs } = limits;
  const { unsent } = await placeOrders(
    {
      url,
      pace: { kind: 'rate', perSecond: ordersPerSecond, inFlightMax },
      countMax: Number.MAX_SAFE_INTEGER,
      durationMs: forMs,
      mix,
      run: 'chaos',
      retriesMax,
      answerWithinMs,
      signal: over,
    },
    (answer) => {
      const { number, kind } = answer;
      const body = orderBody(number, kind);
      const order = begin(history, answer, body);
      const isAcked = answer.outcome.kind === 'acked';
      if (isAcked) lives.push(liveOn(parts, order, { kind, body, draw: draw.fork(`order ${number}`) }));
    },
  );
  await Promise.all(lives);
  return unsent;
}

const ordered = Compile(Type.Object({ customer_id: Type.String() }));

/** The history of an order begins with what became of placing it. */
function begin(history: History, { key, outcome }: OrderAnswer, body: string): OrderHistory {
  const { customer_id: customer } = ordered.Parse(JSON.parse(body));
  const order = history.begin(customer, key);
  const verdict = outcome.kind;
  if (outcome.kind === 'acked')
    history.note(order, { wish: 'place', verdict, answer: '201', orderId: outcome.orderId });
  else history.note(order, { wish: 'place', verdict, answer: `${outcome.status} ${outcome.code}`, orderId: undefined });
  return order;
}
