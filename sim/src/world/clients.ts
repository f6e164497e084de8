/**
 * The people of a world: customers who place orders, repeat themselves and change their minds, and somebody who reviews.
 * They know only what they were answered, and keep a history of it, which the log is held against in the end.
 */
import { type OrderId, orderId } from '@eventstream/contracts';
import { type Logger, messageOf } from '@eventstream/platform';
import { type CallContext, isProblem, type Problem } from '@eventstream/service-kit';
import type { WrittenOrder } from '../../../services/ordersvc/src/service.ts';
import type { CallWorld } from '../faults/calls.ts';
import { type CallFault, callFaults } from '../faults/faults.ts';
import type { Life } from '../processes/life.ts';
import type { Orders } from '../processes/processes.ts';
import { declinedPayer } from './gateway-books.ts';

/** An ordersvc that may be asked now. */
interface Door {
  readonly life: Life;
  readonly started: { readonly orders?: Orders };
}

/** What a client was told of one order. */
export interface OrderHistory {
  readonly number: number;
  /** Every id it was ever answered; one order has one. */
  readonly ids: Set<OrderId>;
  /** What became of its wishes; undefined while it was not answered, or never wished. */
  cancel: 'accepted' | 'refused' | undefined;
  review: { readonly decision: 'approve' | 'reject'; readonly answer: 'accepted' | 'refused' } | undefined;
  /** It has nothing more to say. */
  isDone: boolean;
}

/** What the clients need. */
export interface ClientsOptions {
  readonly world: CallWorld;
  readonly logger: Logger;
  /** An ordersvc that is up. */
  readonly door: () => Door | undefined;
  /** The key of a request as it arrives. */
  readonly keyOf: (key: string, attempt: number) => string;
  readonly onBug: (error: unknown) => void;
  /** Somebody learns an order's id: from now on the story calls it by its number. */
  readonly onId: (id: OrderId, number: number) => void;
}

/** An order as it is wished for. */
interface Plan {
  readonly number: number;
  readonly atMs: number;
  readonly repeats: boolean;
  readonly cancelAfterMs: number | undefined;
  readonly review: { readonly afterMs: number; readonly decision: 'approve' | 'reject' } | undefined;
}

type Answer = WrittenOrder | Problem | 'no answer';

/** How long a client waits for an answer. */
const patienceMs = 6_000;

/** Everybody who asks for something. */
export class Clients {
  readonly histories: OrderHistory[] = [];
  readonly #options: ClientsOptions;

  constructor(options: ClientsOptions) {
    this.#options = options;
  }

  get areDone(): boolean {
    return this.histories.every(({ isDone }) => isDone);
  }

  /** Begins `count` stories, without those that are left out. */
  start(count: number, leftOut: ReadonlySet<string>): void {
    for (let number = 1; number <= count; number += 1) {
      if (leftOut.has(placeOfOrder(number))) continue;
      const history: OrderHistory = { number, ids: new Set(), cancel: undefined, review: undefined, isDone: false };
      this.histories.push(history);
      this.#live(this.#plan(number), history).catch(this.#options.onBug);
    }
  }

  #plan(number: number): Plan {
    const { chance } = this.#options.world.faults;
    const of = (what: string): string => `order ${number} ${what}`;
    return {
      number,
      atMs: chance.whole(of('at'), 0, 5_000),
      repeats: chance.happens(of('repeats'), 0.25),
      cancelAfterMs: chance.happens(of('cancels'), 0.3)
        ? chance.oneOf(of('cancels after'), [0, 5, 30, 300, 4_000, 9_000])
        : undefined,
      review: chance.happens(of('is reviewed'), 0.7)
        ? {
            afterMs: chance.whole(of('is reviewed after'), 50, 6_000),
            decision: chance.happens(of('approved'), 0.6) ? 'approve' : 'reject',
          }
        : undefined,
    };
  }

  async #live(plan: Plan, history: OrderHistory): Promise<void> {
    const { number } = plan;
    await this.#wait(plan.atMs);
    const id = await this.#place(number, history);
    if (plan.repeats) await this.#place(number, history);
    await Promise.all([this.#maybeCancel(plan, history, id), this.#maybeReview(plan, history, id)]);
    history.isDone = true;
  }

  async #place(number: number, history: OrderHistory): Promise<OrderId> {
    const body = bodyOf(number, this.#options.world);
    const { keyOf } = this.#options;
    let attempts = 0;
    const answer = await this.#insist(number, 'place', (orders, context) => {
      attempts += 1;
      return orders.placeOrder({ body, idempotencyKey: keyOf(`key-${number}`, attempts) }, context);
    });
    if (isProblem(answer)) throw new Error(`order ${number} was refused: ${answer.detail}`);
    const { orderId: id } = answer.order;
    if (answer.replayed) this.#options.world.sometimes.path('placedAgain');
    history.ids.add(id);
    this.#options.onId(id, number);
    return orderId(id);
  }

  async #maybeCancel({ number, cancelAfterMs }: Plan, history: OrderHistory, id: OrderId): Promise<void> {
    if (cancelAfterMs === undefined) return;
    await this.#wait(cancelAfterMs);
    const answer = await this.#insist(number, 'cancel', (orders, context) =>
      orders.cancelOrder({ orderId: id, by: 'customer', reason: 'changed my mind', ifRevision: undefined }, context),
    );
    history.cancel = isProblem(answer) ? 'refused' : 'accepted';
    if (isProblem(answer)) this.#options.world.sometimes.path('cancelTooLate');
  }

  /** A person looks at orders that wait for one; orders that do not wait refuse. */
  async #maybeReview({ number, review }: Plan, history: OrderHistory, id: OrderId): Promise<void> {
    if (review === undefined) return;
    await this.#wait(review.afterMs);
    const { decision } = review;
    const answer = await this.#insist(number, decision, (orders, context) =>
      orders.reviewOrder({ orderId: id, decision, reason: 'looked at it' }, context),
    );
    history.review = { decision, answer: isProblem(answer) ? 'refused' : 'accepted' };
  }

  /** Asks until there is an answer. */
  async #insist(
    number: number,
    wish: string,
    ask: (orders: Orders, context: CallContext) => Promise<WrittenOrder | Problem>,
  ): Promise<WrittenOrder | Problem> {
    const { story, random } = this.#options.world;
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#ask(`client of order ${number} ${wish} #${attempt}`, ask);
      story.tell('client', `asks to ${wish} order ${number}: ${shown(answer)}`);
      if (answer !== 'no answer') return answer;
      await this.#wait(200 + random() * 800);
    }
  }

  async #ask(
    place: string,
    ask: (orders: Orders, context: CallContext) => Promise<WrittenOrder | Problem>,
  ): Promise<Answer> {
    const { world, door } = this.#options;
    const fault = world.faults.atCall(place, { role: 'client', may: clientFaults, frailty: 3 });
    if (fault !== undefined) {
      world.sometimes.fault(`HTTP: ${callFaults[fault]}`);
      world.story.tell('client', `✗ ${callFaults[fault]}`);
    }
    if (fault === 'slow') await this.#wait(2_000);
    const open = door();
    const orders = open?.started.orders;
    if (open === undefined || orders === undefined || fault === 'refused') return 'no answer';
    const call = async (): Promise<Answer> => {
      try {
        return await ask(orders, this.#context(place));
      } catch (error) {
        world.story.tell('client', `503: ${messageOf(error)}`);
        return 'no answer';
      }
    };
    const asked = fault === 'doubled' ? Promise.all([call(), call()]).then(([, second]) => second) : call();
    const answer = await Promise.race([asked, this.#wait(patienceMs).then((): Answer => 'no answer')]);
    return fault === 'answerLost' || !open.life.alive ? 'no answer' : answer;
  }

  #context(requestId: string): CallContext {
    return {
      requestId,
      traceparent: undefined,
      principal: undefined,
      caller: 'client',
      signal: new AbortController().signal,
      logger: this.#options.logger,
    };
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#options.world.time.after(ms, resolve);
    });
  }
}

/** What can happen to a request of a client. */
export const clientFaults: ReadonlySet<CallFault> = new Set<CallFault>(['refused', 'answerLost', 'slow', 'doubled']);

/** The name under which an order is left out of a world. */
export function placeOfOrder(number: number): string {
  return `order ${number}`;
}

function shown(answer: Answer): string {
  if (answer === 'no answer') return answer;
  if (isProblem(answer)) return `refused, ${answer.detail}`;
  return `${answer.order.status} at revision ${answer.order.revision}${answer.replayed ? ', as before' : ''}`;
}

function bodyOf(number: number, { faults: { chance } }: CallWorld) {
  const of = (what: string): string => `order ${number} ${what}`;
  const isForPerson = chance.happens(of('is for a person'), 0.3);
  const isLong = chance.happens(of('is long'), 0.1);
  const item = {
    code: chance.happens(of('is rejected'), 0.12) ? 'test-reject' : 'pizza',
    name: isLong ? 'Pizza with a very long name '.repeat(7).trim() : 'Pizza',
    unit_price: isForPerson ? '700.00' : '9.50',
    quantity: 2,
  };
  return {
    customer_id: chance.happens(of('is declined'), 0.1) ? declinedPayer : `customer-${number}`,
    restaurant_id: 'restaurant-1',
    order_items: isLong ? Array.from({ length: 6 }, () => item) : [item],
  };
}
