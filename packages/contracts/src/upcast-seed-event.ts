/**
 * Brings events that came through the seed's CreateEvent (schema version 0) up to schema version 1.
 * Its programs write amounts in major units without a currency, `{"OrderID","CustomerID","Amount"}` for a debit, and
 * nothing at all for an approval; all of that must be understood. The currency is the one that the platform noted in
 * the metadata when it accepted the event.
 */
import type { OrderId } from './brands.ts';
import { type Currency, fromMajorNumber, isCurrency, parseDecimal } from './money.ts';
import { orderEventKind } from './order-events.ts';
import { metadataKeys, type RecordedEvent } from './recorded-event.ts';

/** The version 1 form of a version 0 event's JSON. What it cannot mend stays as it is, for the schema check to refuse. */
export function upcastSeedEvent(
  event: Pick<RecordedEvent, 'type' | 'metadata' | 'recordedAtMs'>,
  order: OrderId,
  json: unknown,
): unknown {
  if (!isRecord(json)) return json;
  const noted = event.metadata[metadataKeys.currency];
  const currency = isCurrency(noted) ? noted : 'USD';
  if (!isCurrency(currency)) return json;
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

function upcastCreated(json: Record<string, unknown>, order: OrderId, noted: Currency, recordedAtMs: number): unknown {
  const currency = isCurrency(json['currency']) ? json['currency'] : noted;
  const items = Array.isArray(json['order_items']) ? json['order_items'] : [];
  const lines = items.filter(isRecord).map((item) => ({
    code: text(item['code']),
    name: text(item['name']),
    unit_price: item['unit_price'],
    unit_price_minor: minorOf(item['unit_price'], currency),
    quantity: item['quantity'],
  }));
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

/** Minor units as digits, or undefined when there is no amount: the schema check then names the field. */
function minorOf(value: unknown, currency: Currency): string | undefined {
  const minor =
    typeof value === 'number'
      ? fromMajorNumber(value, currency)
      : typeof value === 'string'
        ? parseDecimal(value, currency)
        : undefined;
  return typeof minor === 'bigint' && minor >= 0n ? minor.toString() : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
