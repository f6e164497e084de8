/** What the console asks of the payment gateway: what it has booked for an order, and its turnover. Reads only. */
import { type Static, type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Payment } from '../api/orders.ts';
import type { BooksLine } from '../floor/counters.ts';
import { moneyAnswer } from '../money-answer.ts';

const minor = Type.String({ pattern: '^-?[0-9]{1,30}$' });

const paymentShape = Type.Object({
  status: Type.Enum(['debited', 'declined', 'voided']),
  reference: Type.Union([Type.String(), Type.Null()]),
  amount_minor: minor,
  voided_minor: minor,
  currency: Type.String(),
  code: Type.Optional(Type.String()),
});
const entriesShape = Type.Array(
  Type.Object({
    movement: Type.Enum(['debit', 'void']),
    account: Type.String(),
    amount_minor: minor,
    currency: Type.String(),
    booked_at: Type.String(),
  }),
);
const turnoverShape = Type.Array(Type.Object({ currency: Type.String(), debited_minor: minor, voided_minor: minor }));

/** A payment as the provider shows it. */
type BookedPayment = Static<typeof paymentShape>;
/** One line of its books. */
type BookedEntry = Static<typeof entriesShape>[number];

/** The provider's answers. Each rejects when it does not answer in time, or not as it should. */
export interface Gateway {
  /** Undefined: it knows no payment under this key. */
  payment(key: string): Promise<BookedPayment | undefined>;
  entries(key: string): Promise<readonly BookedEntry[]>;
  turnover(): Promise<readonly BooksLine[]>;
}

const answerMs = 1_500;
const turnoverMs = 5_000;

/** The gateway behind this address. */
export function httpGateway(baseUrl: string): Gateway {
  const base = baseUrl.replace(/\/+$/, '');
  const payment = reader(paymentShape);
  const entries = reader(entriesShape);
  const turnover = reader(turnoverShape);
  return {
    payment: (key) => payment(`${base}/v1/payments/${key}`, answerMs),
    entries: async (key) => (await entries(`${base}/v1/payments/${key}/entries`, answerMs)) ?? [],
    turnover: async () => {
      const lines = (await turnover(`${base}/v1/turnover`, turnoverMs)) ?? [];
      return lines.map((line) => ({
        currency: line.currency,
        debitedMinor: BigInt(line.debited_minor),
        voidedMinor: BigInt(line.voided_minor),
      }));
    },
  };
}

function reader<Schema extends TSchema>(
  schema: Schema,
): (url: string, ms: number) => Promise<Static<Schema> | undefined> {
  const shape = Compile(schema);
  return async (url, ms) => {
    const response = await fetch(url, { signal: AbortSignal.timeout(ms) });
    const body: unknown = await response.json();
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(`the gateway answered ${response.status}`);
    if (!shape.Check(body)) throw new Error('the gateway answered in a shape that is not known');
    return body;
  };
}

/** What the provider has booked for an order, as it is answered. Rejects when it does not answer. */
export async function providerAnswer(gateway: Gateway, key: string): Promise<Pick<Payment, 'provider' | 'ledger'>> {
  const [payment, entries] = await Promise.all([gateway.payment(key), gateway.entries(key)]);
  return {
    provider:
      payment === undefined
        ? null
        : {
            status: payment.status,
            reference: payment.reference,
            amount: moneyAnswer(BigInt(payment.amount_minor), payment.currency),
            voided: moneyAnswer(BigInt(payment.voided_minor), payment.currency),
            declineCode: payment.code ?? null,
          },
    ledger: entries.map((entry) => ({
      movement: entry.movement,
      account: entry.account,
      amount: moneyAnswer(BigInt(entry.amount_minor), entry.currency),
      bookedAtMs: Date.parse(entry.booked_at),
    })),
  };
}
