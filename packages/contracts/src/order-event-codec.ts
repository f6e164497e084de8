/**
 * Order events to and from the JSON that is stored, published and read.
 * Encoding writes schema version 1. Decoding checks against the schema of the version in the metadata; version 0 (or
 * none) is what the seed's programs write, and `upcast-seed-event.ts` brings it up first.
 */
import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { OrderId, Position } from './brands.ts';
import { metadataKeys } from './metadata.ts';
import { type Currency, isCurrency, type Money, toMajorNumber } from './money.ts';
import * as schemas from './order-event-schemas.ts';
import { type OrderEvent, orderEventKind, orderIdOf } from './order-events.ts';
import type { RecordedEvent } from './recorded-event.ts';
import { upcastSeedEvent } from './upcast-seed-event.ts';

/** The schema version that `encodeOrderEvent` writes; put it into the metadata under `schema-version`. */
export const orderSchemaVersion = '1';

/** Why an event cannot be understood: a later version made it; or it is damaged, or nobody should have written it. */
export type UndecodableCode = 'contracts_unknown_event' | 'contracts_malformed_event';

/** An event in the log that this version of the program cannot understand: permanent, a dead letter for a worker. */
export class UndecodableEvent extends Error {
  readonly code: UndecodableCode;
  readonly eventType: string;
  readonly eventId: string;
  readonly why: string;

  constructor(
    code: UndecodableCode,
    event: Pick<RecordedEvent, 'id' | 'type' | 'log' | 'position'>,
    why: string,
    cause?: unknown,
  ) {
    const what = `${event.type} ${event.id} at ${event.log}:${event.position}`;
    super(`[${code}] ${what} cannot be read: ${why}. ${nextStep(code, event.position)}`, { cause });
    this.name = 'UndecodableEvent';
    this.code = code;
    this.eventType = event.type;
    this.eventId = event.id;
    this.why = why;
  }
}

function nextStep(code: UndecodableCode, at: Position): string {
  switch (code) {
    case 'contracts_unknown_event':
      return 'Deploy a version that knows it, then redrive the dead letter';
    case 'contracts_malformed_event':
      return (
        `A newer version is no help: look at it with \`npx eventstream events --after ${at - 1} --limit 1 --json\`, ` +
        'then mend it in the store and redrive the dead letter, or discard the dead letter'
      );
  }
}

/** An event that nobody could read once it is stored: whoever made it has a bug, and it is not written. */
export class UnencodableEvent extends Error {
  readonly code = 'contracts_unencodable_event';

  constructor(order: OrderId, kind: string, why: string) {
    super(`[contracts_unencodable_event] ${kind} of order ${order} could not be read back: ${why}. It was not written`);
    this.name = 'UnencodableEvent';
  }
}

interface Checker<T> {
  Check(value: unknown): value is T;
  Errors(value: unknown): { instancePath: string; message: string }[];
}

function checker<S extends TSchema>(schema: S): Checker<Static<S>> {
  const compiled = Compile(schema);
  return {
    Check: (value: unknown): value is Static<S> => compiled.Check(value),
    Errors: (value) => compiled.Errors(value),
  };
}

const check = {
  created: checker(schemas.createdJson),
  paymentDebited: checker(schemas.paymentDebitedJson),
  paymentDeclined: checker(schemas.paymentDeclinedJson),
  reviewRequested: checker(schemas.reviewRequestedJson),
  approved: checker(schemas.approvedJson),
  reviewRejected: checker(schemas.reviewRejectedJson),
  cancelRequested: checker(schemas.cancelRequestedJson),
  paymentVoidRequested: checker(schemas.paymentVoidRequestedJson),
  paymentVoided: checker(schemas.paymentVoidedJson),
  cancelled: checker(schemas.cancelledJson),
};

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder('utf-8', { fatal: true });

/** An order's event as the bytes to append (schema version 1). Throws `UnencodableEvent` for what breaks its limits. */
export function encodeOrderEvent(order: OrderId, event: OrderEvent): Uint8Array {
  const json = toJson(order, event);
  const why = firstFault(check[event.kind], json);
  if (why !== undefined) throw new UnencodableEvent(order, event.kind, why);
  return utf8.encode(JSON.stringify(json));
}

function toJson(order: OrderId, event: OrderEvent): Record<string, unknown> {
  switch (event.kind) {
    case 'created': {
      const currency = event.amount.currency;
      return {
        order_id: order,
        customer_id: event.customerId,
        restaurant_id: event.restaurantId,
        order_items: event.items.map((item) => ({
          code: item.code,
          name: item.name,
          unit_price: toMajorNumber({ minor: item.unitPriceMinor, currency }),
          unit_price_minor: item.unitPriceMinor.toString(),
          quantity: item.quantity,
        })),
        amount: toMajorNumber(event.amount),
        amount_minor: event.amount.minor.toString(),
        currency,
        status: 'Pending',
        created_on: event.createdOn,
        request_hash: event.requestHash,
      };
    }
    case 'paymentDebited':
      return {
        OrderID: order,
        CustomerID: event.customerId,
        Amount: toMajorNumber(event.amount),
        amount_minor: event.amount.minor.toString(),
        currency: event.amount.currency,
        gateway_reference: event.gatewayReference,
      };
    case 'paymentDeclined':
      return { order_id: order, code: event.code, message: event.message };
    case 'reviewRequested':
      return { order_id: order, rule: event.rule };
    case 'approved':
    case 'reviewRejected':
    case 'cancelRequested':
      return { order_id: order, by: event.by, reason: event.reason };
    case 'paymentVoidRequested':
    case 'cancelled':
      return { order_id: order, reason: event.reason };
    case 'paymentVoided':
      return {
        order_id: order,
        amount: toMajorNumber(event.amount),
        amount_minor: event.amount.minor.toString(),
        currency: event.amount.currency,
      };
  }
}

/**
 * A recorded event of an order as a fact the code can use.
 * Throws `UndecodableEvent` for anything else: not an order's stream, a type outside the registry, a schema version
 * from the future, JSON that does not fit.
 */
export function decodeOrderEvent(event: RecordedEvent): OrderEvent {
  const kind = orderEventKind(event.type);
  if (!kind) throw new UndecodableEvent('contracts_unknown_event', event, 'its type is not in the registry');
  const order = orderIdOf(event.stream);
  if (!order)
    throw new UndecodableEvent('contracts_malformed_event', event, `its stream ${event.stream} is not an order's`);
  const json = readJson(event, order);
  switch (kind) {
    case 'created': {
      const data = must(event, check.created, json);
      const currency = mustBeCurrency(event, data.currency);
      // Otherwise whoever goes by the order named inside would act on another order than whoever goes by the stream.
      if (data.order_id !== order)
        throw new UndecodableEvent('contracts_malformed_event', event, `it creates another order, ${data.order_id}`);
      return {
        kind,
        orderId: order,
        customerId: data.customer_id,
        restaurantId: data.restaurant_id,
        items: data.order_items.map((item) => ({
          code: item.code,
          name: item.name,
          unitPriceMinor: BigInt(item.unit_price_minor),
          quantity: item.quantity,
        })),
        amount: { minor: BigInt(data.amount_minor), currency },
        createdOn: data.created_on,
        requestHash: data.request_hash,
      };
    }
    case 'paymentDebited': {
      const data = must(event, check.paymentDebited, json);
      return {
        kind,
        customerId: data.CustomerID,
        amount: readMoney(event, data),
        gatewayReference: data.gateway_reference,
      };
    }
    case 'paymentDeclined': {
      const { code, message } = must(event, check.paymentDeclined, json);
      return { kind, code, message };
    }
    case 'reviewRequested':
      return { kind, rule: must(event, check.reviewRequested, json).rule };
    case 'approved':
    case 'reviewRejected': {
      const { by, reason } = must(event, check[kind], json);
      return { kind, by, reason };
    }
    case 'cancelRequested': {
      const { by, reason } = must(event, check.cancelRequested, json);
      return { kind, by, reason };
    }
    case 'paymentVoidRequested':
      return { kind, reason: must(event, check.paymentVoidRequested, json).reason };
    case 'paymentVoided':
      return { kind, amount: readMoney(event, must(event, check.paymentVoided, json)) };
    case 'cancelled':
      return { kind, reason: must(event, check.cancelled, json).reason };
  }
}

function readJson(event: RecordedEvent, order: OrderId): unknown {
  const version = event.metadata[metadataKeys.schemaVersion] ?? '0';
  const isKnown = version === orderSchemaVersion || version === '0';
  // First of all: a later version need not write JSON.
  if (!isKnown)
    throw new UndecodableEvent('contracts_unknown_event', event, `its schema version ${version} is unknown here`);
  const json = parseJson(event);
  return version === '0' ? upcastSeedEvent(event, order, json) : json;
}

function parseJson(event: RecordedEvent): unknown {
  try {
    const text = fromUtf8.decode(event.data);
    return text === '' ? {} : JSON.parse(text);
  } catch (cause) {
    throw new UndecodableEvent('contracts_malformed_event', event, 'its data is not JSON in UTF-8', cause);
  }
}

function must<T>(event: RecordedEvent, checkerOf: Checker<T>, json: unknown): T {
  if (checkerOf.Check(json)) return json;
  throw new UndecodableEvent(
    'contracts_malformed_event',
    event,
    firstFault(checkerOf, json) ?? 'its data does not fit',
  );
}

/** What is wrong first, and where; undefined when nothing is. */
function firstFault(checkerOf: Checker<unknown>, json: unknown): string | undefined {
  if (checkerOf.Check(json)) return undefined;
  const first = checkerOf.Errors(json)[0];
  return first ? `${first.instancePath || 'its data'} ${first.message}` : 'its data does not fit';
}

function mustBeCurrency(event: RecordedEvent, code: string): Currency {
  if (!isCurrency(code))
    throw new UndecodableEvent('contracts_malformed_event', event, `${code} is not a currency of ISO 4217`);
  return code;
}

function readMoney(event: RecordedEvent, data: { amount_minor: string; currency: string }): Money {
  return { minor: BigInt(data.amount_minor), currency: mustBeCurrency(event, data.currency) };
}
