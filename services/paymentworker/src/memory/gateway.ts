/** A payment provider in memory, with honest books, that fails when a test or a simulation says so. */
import { isSameMoney, type OrderId } from '@eventstream/contracts';
import {
  type DebitAnswer,
  GatewayUnreachable,
  type PaymentGateway,
  type PaymentRequest,
  type VoidAnswer,
} from '../payment-gateway.ts';

/** A payer whose payments are declined. */
export const poorPayer = 'customer-without-money';

/** What goes wrong with one call. `before` and `after` the books were changed, without an answer. */
export type Fault = 'unknown before' | 'unknown after' | 'unreachable';

interface Page {
  readonly request: PaymentRequest;
  status: 'debited' | 'declined' | 'voided';
  taken: bigint;
  givenBack: bigint;
  debits: number;
}

const keyReused = { kind: 'unknown', reason: 'the key is known with another request' } as const;

/** The same key with another amount or payer is a mistake of the caller, not a second payment. */
function isSame(one: PaymentRequest, other: PaymentRequest): boolean {
  return isSameMoney(one.amount, other.amount) && one.payer === other.payer;
}

/** A provider in memory that keeps the port's promises; `faults` are used up, one by each call. */
export class MemoryGateway implements PaymentGateway {
  readonly faults: (Fault | 'none')[] = [];
  readonly calls: string[] = [];
  readonly #pages = new Map<OrderId, Page>();

  /** The key's books: debits ever taken, and money taken and given back. */
  booked(key: OrderId): { readonly debits: number; readonly taken: bigint; readonly givenBack: bigint } {
    const page = this.#pages.get(key);
    return { debits: page?.debits ?? 0, taken: page?.taken ?? 0n, givenBack: page?.givenBack ?? 0n };
  }

  async debit(request: PaymentRequest): Promise<DebitAnswer> {
    return this.#answer('debit', { kind: 'unknown', reason: 'scripted' }, () => {
      const known = this.#pages.get(request.key);
      if (known) return isSame(known.request, request) ? this.#debitAnswer(request.key, known) : keyReused;
      const isPoor = request.payer === poorPayer;
      const page: Page = {
        request,
        status: isPoor ? 'declined' : 'debited',
        taken: isPoor ? 0n : request.amount.minor,
        givenBack: 0n,
        debits: isPoor ? 0 : 1,
      };
      this.#pages.set(request.key, page);
      return this.#debitAnswer(request.key, page);
    });
  }

  async void(request: PaymentRequest): Promise<VoidAnswer> {
    return this.#answer('void', { kind: 'unknown', reason: 'scripted' }, () => {
      const page = this.#pages.get(request.key) ?? { request, status: 'voided', taken: 0n, givenBack: 0n, debits: 0 };
      if (!isSame(page.request, request)) return keyReused;
      page.status = 'voided';
      page.givenBack = page.taken;
      this.#pages.set(request.key, page);
      const givenBack = { minor: page.givenBack, currency: request.amount.currency };
      return { kind: 'closed', givenBack, reference: page.debits > 0 ? referenceOf(request.key) : null };
    });
  }

  async lookUp(request: PaymentRequest) {
    return this.#answer('lookUp', { kind: 'unknown' as const, reason: 'scripted' }, () => {
      const page = this.#pages.get(request.key);
      return page ? this.#debitAnswer(request.key, page) : { kind: 'none' as const };
    });
  }

  #debitAnswer(key: OrderId, page: Page): DebitAnswer {
    if (page.status === 'debited') return { kind: 'debited', reference: referenceOf(key) };
    if (page.status === 'voided') return { kind: 'closed' };
    return { kind: 'declined', code: 'insufficient_funds', message: 'no money' };
  }

  #answer<Answer, Unknown>(call: string, unknown: Unknown, book: () => Answer): Answer | Unknown {
    this.calls.push(call);
    const fault = this.faults.shift() ?? 'none';
    if (fault === 'unreachable') throw new GatewayUnreachable('http://gateway', undefined);
    if (fault === 'unknown before') return unknown;
    const answer = book();
    return fault === 'unknown after' ? unknown : answer;
  }
}

/** The provider's number of an order's debit. */
export function referenceOf(key: OrderId): string {
  return `pay_${key}`;
}
