/** The queue of orders that wait for a person, with the rule that sent each there. */
import { decodeOrderEvent, noRevision, orderEventTypes, orderId, orderStream, ordersLog } from '@eventstream/contracts';
import type { EventReader } from '@eventstream/event-store';
import type { Clock } from '@eventstream/platform';
import type { Review, ReviewPage } from '../api/sagas.ts';
import { moneyAnswer } from '../money-answer.ts';

/** An order that waits. */
export interface WaitingReview {
  readonly orderId: string;
  readonly customerId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly dueMs: number;
}

/** A page of them, oldest deadline first. */
export interface WaitingReviews {
  readonly reviews: readonly WaitingReview[];
  readonly nextCursor: string | null;
  /** How many wait in all. */
  readonly waiting: number;
}

/** What the queue is made of. */
export interface ReviewQueueOptions {
  readonly waiting: (page: { readonly limit: number; readonly cursor: string | undefined }) => Promise<WaitingReviews>;
  readonly store: EventReader;
  readonly clock: Clock;
}

/** Why and since when an order waits; it is recorded once and never changes. */
interface Asked {
  readonly rule: string;
  readonly sinceMs: number;
}

const rememberedMax = 2_000;
/** An order that waits has few events; the one that is looked for is among the first of them. */
const eventsLookedAt = 20;

/** The queue. Each order's events are read once, however often the queue is looked at. */
export class ReviewQueue {
  readonly #options: ReviewQueueOptions;
  readonly #asked = new Map<string, Asked>();

  constructor(options: ReviewQueueOptions) {
    this.#options = options;
  }

  /** A page, oldest deadline first. */
  async page(page: { readonly limit: number; readonly cursor: string | undefined }): Promise<ReviewPage> {
    const { reviews, nextCursor, waiting } = await this.#options.waiting(page);
    return { reviews: await Promise.all(reviews.map((review) => this.#answer(review))), nextCursor, waiting };
  }

  async #answer({ orderId: id, customerId, amountMinor, currency, dueMs }: WaitingReview): Promise<Review> {
    const asked = await this.#askedOf(id).catch(() => undefined);
    return {
      orderId: id,
      customerId,
      amount: moneyAnswer(amountMinor, currency),
      rule: asked?.rule ?? null,
      sinceMs: asked?.sinceMs ?? null,
      dueMs,
      isOverdue: dueMs < this.#options.clock.nowMs(),
    };
  }

  async #askedOf(id: string): Promise<Asked | undefined> {
    const known = this.#asked.get(id);
    if (known !== undefined) return known;
    const stream = orderStream(orderId(id));
    const { events } = await this.#options.store.readStream(ordersLog, stream, {
      direction: 'forwards',
      from: noRevision,
      limit: eventsLookedAt,
    });
    const event = events.find(({ type }) => type === orderEventTypes.reviewRequested);
    const decoded = event && decodeOrderEvent(event);
    if (event === undefined || decoded?.kind !== 'reviewRequested') return undefined;
    const asked = { rule: decoded.rule, sinceMs: event.recordedAtMs };
    this.#asked.set(id, asked);
    if (this.#asked.size > rememberedMax) this.#forgetOldest();
    return asked;
  }

  #forgetOldest(): void {
    const [oldest] = this.#asked.keys();
    if (oldest !== undefined) this.#asked.delete(oldest);
  }
}
