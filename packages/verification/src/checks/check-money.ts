/**
 * Holds an order's money against the provider's books and the payment worker's intent. Pure.
 * The books may be ahead of the log while an intent is open, and never after the order's end.
 */
import { metadataKeys, orderEventTypes, type RecordedEvent } from '@eventstream/contracts';
import { hasEnded, type PlacedOrder } from '@eventstream/domain';
import type { IntentEvidence, PaymentEvidence, StreamEvidence } from '../evidence.ts';
import type { Differs, Tallies } from '../findings.ts';
import { count, type MoneySums } from '../report.ts';

/** What the log says was taken and given back, in minor units. */
interface Moved {
  readonly taken: bigint;
  readonly returned: bigint;
}

/** Checks one order, and adds its money to the sums of its currency. */
export function checkMoney(order: PlacedOrder, evidence: StreamEvidence, tallies: Tallies, differs: Differs): void {
  const { amount } = order.details;
  const moved = movedIn(order);
  const { taken, returned } = moved;
  const { payment, intent } = evidence;
  const isExternal = taken > 0n && !isOurDebit(evidence);
  const sums = sumsOf(tallies.money, amount.currency);
  sums.debited += taken;
  sums.voided += returned;
  if (isExternal) sums.external += taken;
  if (order.status === 'Approved') sums.approved += taken - returned;
  else if (order.status === 'Cancelled') {
    if (taken !== returned) differs('money', `the order is cancelled, ${taken} were taken and ${returned} given back`);
  } else sums.inFlight += taken - returned;
  if (order.status === 'Approved' && taken !== amount.minor)
    differs('money', `the order is approved for ${amount.minor} and ${taken} were taken`);
  if (intent) checkIntent(order, intent, moved, differs);
  if (payment) {
    checkEntries(order, payment, differs);
    if (isExternal) checkTakenOnce(taken, payment, differs);
    else checkBooks(order, moved, { evidence, payment, tallies, differs });
    checkPayment(order, payment, differs);
    checkPayer(order, payment, differs);
  } else if (taken > 0n && !isExternal)
    differs('money', `the log says ${taken} taken, by our payment worker; the provider knows of no payment`);
  checkClosed(order, evidence, differs);
}

/**
 * Whether our payment worker took the money, and not another program with a provider of its own. The event says who it
 * was; an intent says it too, but a reset database has none.
 */
function isOurDebit({ events, intent }: StreamEvidence): boolean {
  // One that is closed says nothing: another program may have taken the money after that.
  if (intent?.state === 'debited') return true;
  return isOurs(events, orderEventTypes.paymentDebited);
}

function isOurs(events: readonly RecordedEvent[], type: RecordedEvent['type']): boolean {
  return events.find((event) => event.type === type)?.metadata[metadataKeys.actor] === 'paymentworker';
}

function movedIn({ payment }: PlacedOrder): Moved {
  switch (payment.kind) {
    case 'debited':
      return { taken: payment.amount.minor, returned: 0n };
    case 'closed':
      return { taken: payment.debited?.minor ?? 0n, returned: payment.voided.minor };
    case 'open':
    case 'declined':
      return { taken: 0n, returned: 0n };
  }
}

/** An intent is written before the provider is asked, and settled after the log was told: never the other way round. */
function checkIntent(order: PlacedOrder, intent: IntentEvidence, { taken }: Moved, differs: Differs): void {
  const { amount } = order.details;
  if (intent.amountMinor !== amount.minor || intent.currency !== amount.currency)
    differs(
      'money',
      `the payment worker meant to take ${intent.amountMinor} ${intent.currency} for an order of ${amount.minor} ${amount.currency}`,
    );
  if (intent.payer !== order.details.customerId)
    differs(
      'money',
      `the payment worker meant to take money from ${intent.payer} for an order of ${order.details.customerId}`,
    );
  if (!intent.isSettled) return;
  if (intent.state === 'debited' && taken === 0n && order.payment.kind !== 'closed')
    differs('money', 'the payment worker has noted a debit, and the log does not have it');
  if (intent.state === 'closed' && order.payment.kind !== 'closed' && !hasEnded(order))
    differs('money', 'the payment worker has noted a void, and the log does not have it');
}

/** Double entries that balance, of the order's amount and nothing else. */
function checkEntries(order: PlacedOrder, payment: PaymentEvidence, differs: Differs): void {
  const { amount } = order.details;
  const { ledgerDebitedMinor: booked, ledgerVoidedMinor: voided } = payment;
  if (payment.ledgerSumMinor !== 0n)
    differs('money', `the provider's entries for the order sum to ${payment.ledgerSumMinor}, not 0`);
  if (booked !== 0n && booked !== amount.minor)
    differs('money', `the provider took ${booked} for an order of ${amount.minor}`);
  if (voided !== 0n && voided !== booked) differs('money', `the provider took ${booked} and gave back ${voided}`);
}

/** Of money that another program took, our provider has nothing to keep. */
function checkTakenOnce(taken: bigint, payment: PaymentEvidence, differs: Differs): void {
  const kept = payment.ledgerDebitedMinor - payment.ledgerVoidedMinor;
  if (kept !== 0n) differs('money', `another program took ${taken}, and the provider took ${kept} as well`);
}

/** The provider's payment must be of this order's amount, and its entries must be what its status says. */
function checkPayment(order: PlacedOrder, payment: PaymentEvidence, differs: Differs): void {
  const { amount } = order.details;
  const { ledgerDebitedMinor: booked, ledgerVoidedMinor: voided } = payment;
  if (payment.status === 'unknown') {
    if (booked !== 0n || voided !== 0n) differs('money', 'the provider has entries of a payment that it does not have');
    return;
  }
  if (payment.amountMinor !== amount.minor || payment.currency !== amount.currency)
    differs(
      'money',
      `the provider's payment is of ${payment.amountMinor} ${payment.currency}, the order of ${amount.minor} ${amount.currency}`,
    );
  const wanted = payment.status === 'debited' ? { booked: payment.amountMinor, voided: 0n } : undefined;
  const isAsBooked =
    payment.status === 'voided'
      ? payment.voidedMinor === voided && voided === booked
      : booked === (wanted?.booked ?? 0n) && voided === 0n && payment.voidedMinor === 0n;
  if (!isAsBooked)
    differs(
      'money',
      `the provider's payment is ${payment.status}; its entries are ${booked} taken and ${voided} given back`,
    );
}

/** Whose money was taken, and under which number, is what the log says. */
function checkPayer({ details, payment: told }: PlacedOrder, payment: PaymentEvidence, differs: Differs): void {
  if (payment.status === 'unknown') return;
  if (payment.payer !== details.customerId)
    differs(
      'money',
      `the provider took the payment for one of ${payment.payer}; the order is of ${details.customerId}`,
    );
  if (payment.hasStrayEntry)
    differs('money', 'the provider has an entry in another currency, or on an account of neither payer nor merchant');
  const isNumbered = told.kind === 'debited' && told.gatewayReference !== null && payment.status === 'debited';
  if (isNumbered && told.gatewayReference !== payment.reference)
    differs('money', `the log knows the payment as ${told.gatewayReference}, the provider as ${payment.reference}`);
}

/** When nothing was taken a debit may still be under way, and only the provider can refuse it. */
function checkClosed({ payment: told }: PlacedOrder, { events, payment }: StreamEvidence, differs: Differs): void {
  const isRefused = payment?.status === 'voided' || payment?.status === 'declined';
  if (told.kind !== 'closed' || told.voided.minor > 0n || isRefused) return;
  if (isOurs(events, orderEventTypes.paymentVoided))
    differs('money', 'the log says that the payment is closed; the provider would still take the money');
}

function checkBooks(
  order: PlacedOrder,
  { taken, returned }: Moved,
  of: {
    readonly evidence: StreamEvidence;
    readonly payment: PaymentEvidence;
    readonly tallies: Tallies;
    readonly differs: Differs;
  },
): void {
  const { evidence, payment, tallies, differs } = of;
  const { ledgerDebitedMinor: booked, ledgerVoidedMinor: voided } = payment;
  if (booked === taken && voided === returned) return;
  const isBehind = booked < taken || voided < returned;
  if (isBehind)
    differs('money', `the log says ${taken} taken and ${returned} given back; the provider ${booked} and ${voided}`);
  else if (hasEnded(order))
    differs(
      'money',
      `the order has ended, and the provider's books (${booked} taken, ${voided} given back) differ from the log`,
    );
  else if (evidence.intent === undefined && payment.isSettled)
    differs('money', `the provider has moved money (${booked} taken, ${voided} given back) without an intent`);
  else count(tallies.remarks.openIntents, evidence.orderId ?? '');
}

function sumsOf(money: Map<string, MoneySums>, currency: string): MoneySums {
  const known = money.get(currency);
  if (known) return known;
  const fresh: MoneySums = { debited: 0n, voided: 0n, approved: 0n, inFlight: 0n, external: 0n };
  money.set(currency, fresh);
  return fresh;
}
