/**
 * The provider's HTTP contract: debit, void, look up, each under the payment's key.
 * The key is the idempotency key: the same call again gives the same answer, and never moves money twice.
 */
import type { Clock } from '@eventstream/platform';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Ledger, Payment, PaymentOrder } from './ledger.ts';
import { type Behaviour, testPayer, testPayers } from './test-payers.ts';

/** What the routes need. */
export interface GatewayParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** How long `test-slow` waits, in milliseconds. */
  readonly slowMs: number;
}

const params = Type.Object({ key: Type.String({ format: 'uuid' }) });
const body = Type.Object(
  {
    amount_minor: Type.String({ pattern: '^[0-9]{1,15}$' }),
    currency: Type.String({ pattern: '^[A-Z]{3}$' }),
    payer: Type.String({ minLength: 1, maxLength: 200 }),
  },
  { additionalProperties: false },
);

interface PaymentCall {
  Params: Static<typeof params>;
  Body: Static<typeof body>;
}

/** An unanswered call is held no longer than this; every client has given up by then. */
const silenceMsMax = 60_000;

/** Adds the routes. */
export function addGatewayRoutes(app: FastifyInstance, parts: GatewayParts): void {
  app.post<PaymentCall>('/v1/payments/:key/debit', { schema: { params, body } }, async (request, reply) => {
    const order = orderOf(request);
    const behaviour = await behaviourOf(parts, 'debit', order);
    if (behaviour.kind === 'slow') await pause(parts.slowMs, request);
    if (behaviour.kind === 'fail' && !behaviour.booked) return failure(reply, behaviour.status);
    const payment = await parts.ledger.debit({
      ...order,
      reference: `pay_${order.key.replaceAll('-', '')}`,
      declineCode: behaviour.kind === 'decline' ? behaviour.code : null,
    });
    if (!isSameOrder(payment, order)) return reuse(reply, payment);
    if (behaviour.kind === 'silent') await pause(silenceMsMax, request);
    if (behaviour.kind === 'fail') return failure(reply, behaviour.status);
    return reply.code(statusOf(payment)).send(show(payment));
  });

  app.post<PaymentCall>('/v1/payments/:key/void', { schema: { params, body } }, async (request, reply) => {
    const order = orderOf(request);
    const behaviour = await behaviourOf(parts, 'void', order);
    if (behaviour.kind === 'fail') return failure(reply, behaviour.status);
    const payment = await parts.ledger.void(order);
    return isSameOrder(payment, order) ? reply.send(show(payment)) : reuse(reply, payment);
  });

  app.get<{ Params: Static<typeof params> }>('/v1/payments/:key', { schema: { params } }, async (request, reply) => {
    const payment = await parts.ledger.payment(request.params.key.toLowerCase());
    if (!payment) return reply.code(404).send({ error: 'not_found', message: 'no payment under this key' });
    if (testPayer(payment.payer)?.lookUpFails) return failure(reply, 503);
    return reply.send(show(payment));
  });

  app.get('/v1/test-payers', async () => testPayers.map(({ payer, means }) => ({ payer, means })));
}

function orderOf(request: FastifyRequest<PaymentCall>): PaymentOrder {
  return {
    key: request.params.key.toLowerCase(),
    amountMinor: BigInt(request.body.amount_minor),
    currency: request.body.currency,
    payer: request.body.payer,
  };
}

async function behaviourOf(parts: GatewayParts, operation: 'debit' | 'void', order: PaymentOrder): Promise<Behaviour> {
  const payer = testPayer(order.payer);
  if (!payer) return { kind: 'approve' };
  return payer[operation](await parts.ledger.countCall(order.key, operation));
}

/** The same key with another amount, currency or payer is a mistake of the caller, not a second payment. */
function isSameOrder(payment: Payment, order: PaymentOrder): boolean {
  return (
    payment.amountMinor === order.amountMinor && payment.currency === order.currency && payment.payer === order.payer
  );
}

function reuse(reply: FastifyReply, payment: Payment): FastifyReply {
  return reply.code(422).send({ error: 'key_reused', message: `key ${payment.key} is known with another request` });
}

function failure(reply: FastifyReply, status: 500 | 503): FastifyReply {
  return reply
    .code(status)
    .send({ error: 'staged', message: 'this payer makes the gateway fail; see GET /v1/test-payers' });
}

function statusOf(payment: Payment): number {
  if (payment.status === 'declined') return 402;
  return payment.status === 'voided' ? 409 : 200;
}

function show(payment: Payment): Record<string, unknown> {
  return {
    key: payment.key,
    status: payment.status,
    reference: payment.reference,
    amount_minor: payment.amountMinor.toString(),
    voided_minor: payment.voidedMinor.toString(),
    currency: payment.currency,
    ...(payment.declineCode === null ? {} : { code: payment.declineCode, message: `declined: ${payment.declineCode}` }),
  };
}

/** Waits, or until the caller has hung up. */
function pause(ms: number, request: FastifyRequest): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    request.raw.socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
