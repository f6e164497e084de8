/**
 * Brings events that came through the seed's CreateEvent (schema version 0) up to schema version 1.
 * Its programs write amounts in major units without a currency, `{"OrderID","CustomerID","Amount"}` for a debit, and
 * nothing at all for an approval; all of that must be understood. The currency is the one that the platform noted in
 * the metadata when it accepted the event.
 */
import type { OrderId } from './brands.ts';
import { metadataKeys } from './metadata.ts';
import { type Currency, digitsOf, fromMajorNumber, isCurrency, type MoneyFault, parseDecimal } from './money.ts';
import { orderEventKind } from './order-events.ts';
import type { RecordedEvent } from './recorded-event.ts';

/** The version 1 form of a version 0 event's JSON. What it cannot mend stays as it is, for the schema check to refuse. */
export function upcastSeedEvent(
  event: Pick<RecordedEvent, 'type' | 'metadata' | 'recordedAtMs'>,
  order: OrderId,
  json: unknown,
): unknown {
  if (!isRecord(json)) return json;
  const noted = event.metadata[metadataKeys.currency];
  const currency = isCurrency(noted) ? noted : undefined;
  switch (orderEventKind(event.type)) {
    case 'created':
      return upcastCreated(json, order, currency, event.recordedAtMs);
    case 'paymentDebited':
      return {
        OrderID: order,
        CustomerID: text(json['CustomerID']),
        Amount: json['Amount'],
        amount_minor: minorOf(json['Amount'], currency),
        currency,
        gateway_reference: null,
      };
    case 'paymentDeclined':
      return { order_id: order, code: text(json['code']) || 'declined', message: text(json['message']) };
    case 'reviewRequested':
      return { order_id: order, rule: text(json['rule']) || 'external' };
    case 'approved':
    case 'reviewRejected':
      return { order_id: order, by: text(json['by']) || 'external', reason: text(json['reason']) };
    case 'cancelRequested':
      return { order_id: order, by: 'operator', reason: text(json['reason']) };
    default:
      return json;
  }
}

function upcastCreated(
  json: Record<string, unknown>,
  order: OrderId,
  noted: Currency | undefined,
  recordedAtMs: number,
): unknown {
  const currency = isCurrency(json['currency']) ? json['currency'] : noted;
  const items: unknown[] = Array.isArray(json['order_items']) ? json['order_items'] : [];
  const lines = items.map((item) =>
    isRecord(item)
      ? {
          code: text(item['code']),
          name: text(item['name']),
          unit_price: item['unit_price'],
          unit_price_minor: minorOf(item['unit_price'], currency),
          quantity: item['quantity'],
        }
      : item,
  );
  return {
    order_id: order,
    customer_id: text(json['customer_id']),
    restaurant_id: text(json['restaurant_id']),
    order_items: lines,
    amount: json['amount'],
    amount_minor: minorOf(json['amount'], currency),
    currency,
    status: 'Pending',
    created_on: text(json['created_on']) || new Date(recordedAtMs).toISOString(),
    request_hash: '',
  };
}

/** Minor units as digits, or undefined when there is no amount or no currency: the schema check then names the field. */
function minorOf(value: unknown, currency: Currency | undefined): string | undefined {
  if (currency === undefined || typeof value !== 'number') return undefined;
  const minor = minorOfFloat(value, currency);
  return typeof minor === 'bigint' && minor >= 0n ? minor.toString() : undefined;
}

/** More than a long sum of float products goes wrong by, and far less than a minor unit of any amount we take. */
const floatNoise = 1e-13;

/** The seed's programs multiply floats: for 3 at 19.90 they write 59.699999999999996, and mean 59.70. */
function minorOfFloat(value: number, currency: Currency): bigint | MoneyFault {
  const exact = fromMajorNumber(value, currency);
  if (exact !== 'too-many-decimals') return exact;
  const nearest = value.toFixed(digitsOf(currency));
  return Math.abs(Number(nearest) - value) <= floatNoise * Math.abs(value) ? parseDecimal(nearest, currency) : exact;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
