import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventId, type OrderEvent, position, type RecordedEvent, revision } from '@eventstream/contracts';
import { newId } from '@eventstream/platform';
import { checkAcked, checkOrder } from './check-order.ts';
import type { Progress, StreamEvidence } from './evidence.ts';
import { Findings } from './findings.ts';
import { facts, foldAll, lives, orderOf, paymentOf, price, recordedLife, soundEvidence, usd } from './lives.fixture.ts';
import type { MoneySums, PromiseName, Remarks } from './report.ts';

interface Checked {
  readonly broken: ReadonlyMap<PromiseName, string>;
  readonly money: ReadonlyMap<string, MoneySums>;
  readonly remarks: Remarks;
}

const none = () => ({ count: 0, first: [] });

function check(evidence: StreamEvidence, progress: Progress): Checked {
  const remarks = {
    openIntents: none(),
    staleRows: none(),
    openDeadLetters: none(),
    stuckVoids: none(),
    unfinishedOrders: none(),
  };
  const money = new Map<string, MoneySums>();
  const findings = new Findings();
  checkOrder(evidence, progress, { findings, money, remarks });
  const broken = findings.lines().flatMap(({ promise, first }) => (first ? [[promise, first.message] as const] : []));
  return { broken: new Map(broken), money, remarks };
}

/** Changes sound evidence of a life, and says what the check then finds. */
function damaged(
  life: readonly OrderEvent[],
  damage: (evidence: StreamEvidence) => Partial<StreamEvidence>,
  progress: Partial<Progress> = {},
): Checked {
  const sound = soundEvidence(life);
  return check({ ...sound.evidence, ...damage(sound.evidence) }, { ...sound.progress, ...progress });
}

function mustName({ broken }: Checked, promise: PromiseName, words: RegExp): void {
  assert.match(broken.get(promise) ?? `nothing, but ${JSON.stringify([...broken])}`, words);
}

function eventsOf(...life: readonly OrderEvent[]): readonly RecordedEvent[] {
  return recordedLife(orderOf(1), life);
}

const books = (change: object) => (evidence: StreamEvidence) => {
  assert(evidence.payment);
  return { payment: { ...evidence.payment, ...change } };
};

const row =
  (change: (folded: NonNullable<StreamEvidence['row']>['folded']) => object) => (evidence: StreamEvidence) => {
    assert(evidence.row);
    const { folded } = evidence.row;
    return { row: { isStale: false, folded: { ...folded, ...change(folded) } } };
  };

const passed = (consumer: string) => ({ marks: new Map([[consumer, position(10)]]) });

describe('a sound order', () => {
  for (const [name, life] of Object.entries(lives))
    test(`breaks no promise when it is ${name}`, () => {
      const { evidence, progress } = soundEvidence(life);
      assert.deepEqual([...check(evidence, progress).broken], []);
    });

  test('counts in the sums of its currency', () => {
    const { money } = damaged(lives.approved, () => ({}));
    const { debited, voided, approved, inFlight } = money.get('USD') ?? {};
    assert.deepEqual(
      { debited, voided, approved, inFlight },
      { debited: 1900n, voided: 0n, approved: 1900n, inFlight: 0n },
    );
  });

  test('may be ahead of the read model, the coordinator and the verified position', () => {
    const behind = { readModel: position(1), sagas: position(0) };
    const folded = foldAll(eventsOf());
    assert(folded);
    const { broken } = damaged(lives.approved, () => ({ row: { folded, isStale: false }, saga: undefined }), behind);
    assert.deepEqual([...broken], []);
  });

  test('that another program was paid for counts as external', () => {
    const { money, broken } = damaged(lives.approved, () => ({ payment: undefined, intent: undefined }));
    assert.equal(money.get('USD')?.external, 1900n);
    assert.deepEqual([...broken], []);
  });
});

describe('damage in the log is named', () => {
  test('a revision that is missing', () =>
    mustName(
      damaged(lives.approved, ({ events }) => ({ events: events.toSpliced(1, 1) })),
      'streams',
      /revision 3 where 2/,
    ));
  test('an event that the rules do not allow', () =>
    mustName(
      damaged([], () => ({ events: eventsOf(facts.approved) })),
      'lives',
      /ORDERS.approved at position 2.*not paid/,
    ));
  test('an event after the end', () =>
    mustName(
      damaged([], () => ({ events: eventsOf(facts.debited, facts.approved, facts.cancelled) })),
      'lives',
      /ended/,
    ));
  test('a second debit', () =>
    mustName(
      damaged([], () => ({ events: eventsOf(facts.debited, facts.debited) })),
      'lives',
      /recorded twice/,
    ));
  test('an event that cannot be read', () =>
    mustName(
      damaged(lives.approved, ({ events }) => ({
        events: events.map((event) => ({ ...event, data: Buffer.from('{') })),
      })),
      'lives',
      /position 1 cannot be read/,
    ));
  test('one cause with the same effect twice', () =>
    mustName(
      damaged(lives.approved, ({ events }) => {
        const [first, second] = events;
        assert(first && second);
        return { events: [first, second, { ...second, revision: revision(3), position: position(3) }] };
      }),
      'effectsOnce',
      /caused ORDERS.paymentdebited more than once/,
    ));
  test('an id that was not made from its cause', () =>
    mustName(
      damaged(lives.approved, ({ events }) => ({
        events: events.map((event, at) => (at === 1 ? { ...event, id: eventId(newId()) } : event)),
      })),
      'effectsOnce',
      /the id of ORDERS.paymentdebited at position 2 is not made from its cause/,
    ));
  test('an effect without a cause', () =>
    mustName(
      damaged(lives.approved, ({ events }) => ({
        events: events.map((event, at) =>
          at === 1 ? { ...event, metadata: { ...event.metadata, 'causation-id': newId() } } : event,
        ),
      })),
      'effectsOnce',
      /ORDERS.paymentdebited at position 2 has no cause before it/,
    ));
  test('a revision that stands before the one it follows', () =>
    mustName(
      damaged(lives.approved, ({ events }) => ({
        events: events.map((event, at) => (at === 0 ? { ...event, position: position(9) } : event)),
      })),
      'streams',
      /revision 2 of stream order-.* stands before/,
    ));
});

describe('damage in the books is named', () => {
  test('a doubled debit', () =>
    mustName(damaged(lives.approved, books({ ledgerDebitedMinor: 3800n })), 'money', /took 3800 for an order of 1900/));
  test('a debit that the provider does not have', () =>
    mustName(damaged(lives.approved, books({ ledgerDebitedMinor: 0n })), 'money', /the log says 1900 taken/));
  test('a void of another amount', () =>
    mustName(damaged(lives.cancelled, books({ ledgerVoidedMinor: 1n })), 'money', /took 1900 and gave back 1/));
  test('entries that do not balance', () =>
    mustName(damaged(lives.approved, books({ ledgerSumMinor: 5n })), 'money', /sum to 5, not 0/));
  test('money that moved after the end', () =>
    mustName(damaged(lives.approved, books({ ledgerVoidedMinor: 1900n })), 'money', /has ended/));
  test('money that moved without an intent', () =>
    mustName(
      damaged(lives.pending, () => ({ payment: paymentOf(lives.approved), intent: undefined })),
      'money',
      /without an intent/,
    ));
  test('a debit that the payment worker noted, of which nobody else knows', () =>
    mustName(
      damaged(lives.pending, ({ intent }) => ({ intent: intent && { ...intent, state: 'debited', isSettled: true } })),
      'money',
      /noted a debit, and the log does not have it/,
    ));
  test('a payment that the provider has forgotten', () =>
    mustName(
      damaged(lives.approved, () => ({ payment: undefined })),
      'money',
      /the provider knows of no payment/,
    ));
  test('a payment of another amount', () =>
    mustName(damaged(lives.approved, books({ amountMinor: 5n })), 'money', /payment is of 5 USD, the order of 1900/));
  test('a payment in another currency', () =>
    mustName(damaged(lives.approved, books({ currency: 'EUR' })), 'money', /payment is of 1900 EUR/));
  test('a payment whose status is not what was booked', () =>
    mustName(damaged(lives.approved, books({ status: 'declined' })), 'money', /declined; its entries are 1900 taken/));
  test('entries without a payment', () =>
    mustName(damaged(lives.approved, books({ status: 'unknown' })), 'money', /entries of a payment that it does not/));
  test('an intent of another amount', () =>
    mustName(
      damaged(lives.approved, ({ intent }) => ({ intent: intent && { ...intent, amountMinor: 1n } })),
      'money',
      /meant to take 1 USD for an order of 1900/,
    ));
  test('but money that moved under an open intent is only a remark', () => {
    const { broken, remarks } = damaged(lives.pending, () => ({ payment: paymentOf(lives.approved) }));
    assert.deepEqual([...broken], []);
    assert.equal(remarks.openIntents.count, 1);
  });
});

describe('damage in the read model is named', () => {
  test('a missing row', () =>
    mustName(
      damaged(lives.approved, () => ({ row: undefined })),
      'readModel',
      /has no row/,
    ));
  test('a row that stopped earlier than its checkpoint', () => {
    const folded = foldAll(eventsOf(facts.debited));
    assert(folded);
    mustName(
      damaged(lives.approved, () => ({ row: { folded, isStale: false } })),
      'readModel',
      /at revision 2.*passed revision 3/,
    );
  });
  test('another status', () => {
    const other = foldAll(eventsOf(facts.debited));
    assert(other);
    mustName(
      damaged(
        lives.approved,
        row(() => ({ order: other.order })),
      ),
      'readModel',
      /status \(PaymentDebited, not Approved\)/,
    );
  });
  test('another amount', () =>
    mustName(
      damaged(
        lives.approved,
        row(({ order }) => ({ order: { ...order, details: { ...order.details, amount: usd(1n) } } })),
      ),
      'readModel',
      /amount differs/,
    ));
  test('another item', () =>
    mustName(
      damaged(
        lives.approved,
        row(({ order }) => ({ order: { ...order, details: { ...order.details, items: [] } } })),
      ),
      'readModel',
      /items differs/,
    ));
  test('another position', () =>
    mustName(
      damaged(
        lives.approved,
        row(() => ({ createdPosition: position(2) })),
      ),
      'readModel',
      /first position/,
    ));
  test('a row that is marked stale without a dead letter', () => {
    const folded = foldAll(eventsOf(facts.debited));
    assert(folded);
    mustName(
      damaged(lives.approved, () => ({ row: { folded, isStale: true } })),
      'readModel',
      /stale, and no dead letter/,
    );
  });
  test('but a row that is marked stale is only a remark', () => {
    const { broken, remarks } = damaged(lives.approved, ({ row: held }) => ({
      row: held && { ...held, isStale: true },
    }));
    assert.deepEqual([...broken], []);
    assert.equal(remarks.staleRows.count, 1);
  });
});

describe('dropped work is named', () => {
  test('a payment that a worker passed', () =>
    mustName(
      damaged(lives.pending, () => ({}), passed('paymentworker-created')),
      'nothingDropped',
      /without debiting/,
    ));
  test('a review that a worker passed', () =>
    mustName(
      damaged(
        [facts.debited],
        ({ saga }) => ({ saga: saga && { ...saga, hasFault: true } }),
        passed('reviewworker-paymentdebited'),
      ),
      'nothingDropped',
      /without a decision/,
    ));
  test('a void that a worker passed', () =>
    mustName(
      damaged(lives.undoing, () => ({}), passed('paymentworker-paymentvoidrequested')),
      'nothingDropped',
      /without closing the payment/,
    ));
  test('but work that is set aside where people see it is not dropped', () => {
    const aside = { consumer: 'paymentworker-created', position: position(1), kind: 'dead letter' as const };
    const { broken } = damaged(
      lives.pending,
      ({ events }) => ({ setAside: events.map(({ id }) => ({ ...aside, eventId: id })) }),
      passed('paymentworker-created'),
    );
    assert.deepEqual([...broken], []);
  });
  test('a saga that is missing', () =>
    mustName(
      damaged(lives.pending, () => ({ saga: undefined })),
      'nothingDropped',
      /keeps no saga/,
    ));
  test('a deadline that is lost', () =>
    mustName(
      damaged(lives.pending, ({ saga }) => ({ saga: saga && { ...saga, next: null } })),
      'nothingDropped',
      /neither a deadline nor an action/,
    ));
  test('a saga that stopped earlier than its checkpoint', () =>
    mustName(
      damaged(lives.approved, ({ saga }) => ({ saga: saga && { ...saga, revision: revision(1) } })),
      'nothingDropped',
      /the saga is at revision 1/,
    ));
  test('a saga that says it is over while the order is not', () =>
    mustName(
      damaged(lives.pending, ({ saga }) => ({ saga: saga && { ...saga, status: 'done' } })),
      'nothingDropped',
      /the saga says done at revision 1; the log says running/,
    ));
  test('a deadline that nobody will look at', () =>
    mustName(
      damaged(lives.pending, ({ saga }) => ({ saga: saga && { ...saga, isScheduled: false } })),
      'nothingDropped',
      /neither a deadline nor an action/,
    ));
  test('a deadline that was moved', () =>
    mustName(
      damaged(lives.pending, ({ saga }) => ({
        saga: saga && { ...saga, next: { kind: 'deadline', step: 'payment', dueMs: 4_000_000_000_000 } },
      })),
      'nothingDropped',
      /deadline of payment is due at 2096-.*the log says 2023-/,
    ));
  test('an undo that the saga does not want', () =>
    mustName(
      damaged(lives.pending, ({ saga }) => ({
        saga: saga && { ...saga, next: { kind: 'askUndo', step: 'payment', dueMs: null } },
      })),
      'nothingDropped',
      /has its askUndo of payment due; the log wants its deadline of payment/,
    ));
  test('a dead letter of an event that the log does not have', () =>
    mustName(
      damaged(lives.approved, ({ events }) => ({
        setAside: events.map(({ id }) => ({
          consumer: 'c',
          position: position(3),
          kind: 'dead letter' as const,
          eventId: id,
        })),
      })),
      'nothingDropped',
      /c has set event .* aside, which the log does not have there/,
    ));
  test('but the saga of an ended order may be forgotten', () =>
    assert.deepEqual([...damaged(lives.approved, () => ({ saga: undefined })).broken], []));
});

test('an order that a client was promised and that is not stored is named', () => {
  const findings = new Findings();
  checkAcked(new Set([orderOf(1), orderOf(2)]), new Set([orderOf(1)]), findings);
  const line = findings.lines().find(({ promise }) => promise === 'acked');
  assert.equal(line?.verdict, 'broken');
  assert.equal(line?.first?.orderId, orderOf(2));
});

test('the price of the lives told here is what their items cost', () => assert.equal(price.minor, 2n * 950n));
