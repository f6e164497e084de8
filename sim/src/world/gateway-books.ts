/**
 * The payment provider of a world: one payment per key, tombstones, and double entries, as the stand-in provider keeps
 * them in its database. It survives every crash, and is what the log is held against.
 */
import { isCurrency, type Money, type OrderId } from '@eventstream/contracts';
import type { PaymentEvidence } from '@eventstream/verification';
import type {
  DebitAnswer,
  PaymentGateway,
  PaymentRequest,
  PaymentStatus,
  VoidAnswer,
} from '../../../services/paymentworker/src/payment-gateway.ts';

interface Page {
  readonly amount: Money;
  readonly payer: string;
  status: 'debited' | 'declined' | 'voided';
  reference: string | null;
  voidedMinor: bigint;
}

interface Entry {
  readonly key: OrderId;
  readonly account: 'merchant' | 'payer';
  readonly movement: 'debit' | 'void';
  readonly minor: bigint;
}

/** Payers of this name are declined. */
export const declinedPayer = 'test-decline';

/** The provider's books. Every call takes effect at once. */
export class GatewayBooks implements PaymentGateway {
  readonly #pages = new Map<OrderId, Page>();
  readonly #entries: Entry[] = [];
  #references = 0;

  async debit({ key, amount, payer }: PaymentRequest): Promise<DebitAnswer> {
    const known = this.#pages.get(key);
    if (known !== undefined) return answerOf(known);
    const page: Page = { amount, payer, status: 'declined', reference: null, voidedMinor: 0n };
    if (payer !== declinedPayer) {
      this.#references += 1;
      page.status = 'debited';
      page.reference = `pay_${this.#references}`;
      this.#book(key, 'debit', amount.minor);
    }
    this.#pages.set(key, page);
    return answerOf(page);
  }

  async void({ key, amount, payer }: PaymentRequest): Promise<VoidAnswer> {
    const page = this.#pages.get(key) ?? { amount, payer, status: 'voided' as const, reference: null, voidedMinor: 0n };
    if (page.status === 'debited') {
      page.voidedMinor = page.amount.minor;
      this.#book(key, 'void', -page.amount.minor);
    }
    page.status = 'voided';
    this.#pages.set(key, page);
    const givenBack = { minor: page.voidedMinor, currency: page.amount.currency };
    return { kind: 'closed', givenBack, reference: page.reference };
  }

  async lookUp({ key }: PaymentRequest): Promise<PaymentStatus> {
    const page = this.#pages.get(key);
    return page === undefined ? { kind: 'none' } : answerOf(page);
  }

  /** For a provider that is not as it should be: it knows nothing of this key any more, but the money has moved. */
  forget(key: OrderId): void {
    this.#pages.delete(key);
  }

  /** What the books say of each key, for verification. */
  *evidence(): Generator<readonly [OrderId, PaymentEvidence]> {
    const keys = new Set([...this.#pages.keys(), ...this.#entries.map(({ key }) => key)]);
    for (const key of keys) {
      const page = this.#pages.get(key);
      const sum = (wanted: (entry: Entry) => boolean): bigint =>
        this.#entries
          .filter((entry) => entry.key === key && wanted(entry))
          .reduce((total, { minor }) => total + minor, 0n);
      yield [
        key,
        {
          status: page?.status ?? 'unknown',
          amountMinor: page?.amount.minor ?? 0n,
          voidedMinor: page?.voidedMinor ?? 0n,
          currency: page?.amount.currency ?? '',
          payer: page?.payer ?? '',
          reference: page?.reference ?? null,
          ledgerDebitedMinor: sum(({ account, movement }) => account === 'merchant' && movement === 'debit'),
          ledgerVoidedMinor: -sum(({ account, movement }) => account === 'merchant' && movement === 'void'),
          ledgerSumMinor: sum(() => true),
          hasStrayEntry: false, // a world has one currency, and accounts that have no owner
          isSettled: true,
        },
      ];
    }
  }

  #book(key: OrderId, movement: 'debit' | 'void', minor: bigint): void {
    this.#entries.push(
      { key, account: 'merchant', movement, minor },
      { key, account: 'payer', movement, minor: -minor },
    );
  }
}

function answerOf(page: Page): DebitAnswer {
  switch (page.status) {
    case 'debited':
      return { kind: 'debited', reference: page.reference ?? '' };
    case 'declined':
      return { kind: 'declined', code: 'card_declined', message: 'declined by the issuer' };
    case 'voided':
      return { kind: 'closed' };
  }
}

/** Dollars, in which every order of a world is. */
export function usd(): Money['currency'] {
  const currency = 'USD';
  if (!isCurrency(currency)) throw new Error('there are no dollars');
  return currency;
}
