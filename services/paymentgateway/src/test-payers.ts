/**
 * Payers that make the gateway misbehave, as payment providers offer test cards. Any other payer is approved at once.
 * The table is what the README and `GET /v1/test-payers` show.
 */

/** What the gateway does with a call before, instead of, or after booking it. */
export type Behaviour =
  | { readonly kind: 'approve' }
  | { readonly kind: 'decline'; readonly code: string }
  /** Waits, then books. */
  | { readonly kind: 'slow' }
  /** Books, and never answers. */
  | { readonly kind: 'silent' }
  /** Answers with this status. `booked`: after booking. */
  | { readonly kind: 'fail'; readonly status: 500 | 503; readonly booked: boolean };

/** One documented test value. */
export interface TestPayer {
  readonly payer: string;
  readonly means: string;
  /** What happens to the nth call (from 1) of an operation under one key. */
  readonly debit: (call: number) => Behaviour;
  readonly void: (call: number) => Behaviour;
  readonly lookUpFails?: boolean;
}

const approve: Behaviour = { kind: 'approve' };
const always = (behaviour: Behaviour) => (): Behaviour => behaviour;
const first =
  (calls: number, behaviour: Behaviour) =>
  (call: number): Behaviour =>
    call <= calls ? behaviour : approve;

/** Every test payer. Use one as an order's `customer_id`. */
export const testPayers: readonly TestPayer[] = [
  {
    payer: 'test-decline',
    means: 'declined: card_declined',
    debit: always({ kind: 'decline', code: 'card_declined' }),
    void: always(approve),
  },
  {
    payer: 'test-insufficient-funds',
    means: 'declined: insufficient_funds',
    debit: always({ kind: 'decline', code: 'insufficient_funds' }),
    void: always(approve),
  },
  {
    payer: 'test-slow',
    means: 'each debit waits (GATEWAY_SLOW) before the money is taken',
    debit: always({ kind: 'slow' }),
    void: always(approve),
  },
  {
    payer: 'test-timeout-after-success',
    means: 'the first debit takes the money and never answers',
    debit: first(1, { kind: 'silent' }),
    void: always(approve),
  },
  {
    payer: 'test-silent',
    means: 'the money is taken, and neither a debit nor a look-up is ever answered; voids are',
    debit: always({ kind: 'silent' }),
    void: always(approve),
    lookUpFails: true,
  },
  {
    payer: 'test-error-then-success',
    means: 'the first debit answers 500 and takes nothing',
    debit: first(1, { kind: 'fail', status: 500, booked: false }),
    void: always(approve),
  },
  {
    payer: 'test-error-after-success',
    means: 'the first debit takes the money and answers 500',
    debit: first(1, { kind: 'fail', status: 500, booked: true }),
    void: always(approve),
  },
  {
    payer: 'test-unavailable',
    means: 'every debit answers 503 and takes nothing; voids work',
    debit: always({ kind: 'fail', status: 503, booked: false }),
    void: always(approve),
  },
  {
    payer: 'test-void-fails-3',
    means: 'debits work; the first three voids answer 500',
    debit: always(approve),
    void: first(3, { kind: 'fail', status: 500, booked: false }),
  },
];

const byPayer: ReadonlyMap<string, TestPayer> = new Map(testPayers.map((entry) => [entry.payer, entry]));

/** The test payer behind a name; `test-decline:anything` counts as `test-decline`, so that many differ. */
export function testPayer(payer: string): TestPayer | undefined {
  return byPayer.get(payer.split(':', 1)[0] ?? payer);
}
