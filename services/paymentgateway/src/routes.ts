/**
 * The provider's HTTP contract: debit, void, look up, each under the payment's key.
 * The key is the idempotency key: the same call again gives the same answer, and never moves money twice.
 */
import { type Clock, failpoint } from '@eventstream/platform';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { isSameOrder, type Ledger, type Payment, type PaymentOrder } from './ledger.ts';
import { type Behaviour, testPayer, testPayers } from './test-payers.ts';
import { traced } from './traced.ts';

/** What the routes need. */
export interface GatewayParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** How long `test-slow` waits, in milliseconds. */
  readonly slowMs: number;
}

const params = Type.Object({
  key: Type.String({ pattern: '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$' }),
});
const body = Type.Object(
  {
    amount_minor: Type.String({ pattern: '^[0-9]{1,15}$' }),
    currency: Type.String({ pattern: '^[A-Z]{3}$' }),
    // Takes whatever an order may call its customer: an order that were refused here could be neither paid nor
    // voided.
    payer: Type.String({ maxLength: 1_000, pattern: '^[^\\u0000]*$' }),
  },
  { additionalProperties: false },
);

interface PaymentCall {
  Params: Static<typeof params>;
  Body: Static<typeof body>;
}

interface LookUpCall {
  Params: Static<typeof params>;
}

/** An unanswered call is held no longer than this; every client has given up by then. */
const silenceMsMax = 60_000;

/** Adds the routes. */
export function addGatewayRoutes(app: FastifyInstance, parts: GatewayParts): void {
  const post = { schema: { params, body } };
  app.post<PaymentCall>('/v1/payments/:key/debit', post, (request, reply) =>
    traced('payment debit', request, () => debit(parts, request, reply)),
  );

  app.post<PaymentCall>('/v1/payments/:key/void', post, (request, reply) =>
    traced('payment void', request, () => voidPayment(parts, request, reply)),
  );

  app.get<LookUpCall>('/v1/payments/:key', { schema: { params } }, (request, reply) =>
    traced('payment look up', request, () => lookUp(parts, request, reply)),
  );

  app.get<LookUpCall>('/v1/payments/:key/entries', { schema: { params } }, (request) => entriesOf(parts, request));

  app.get('/v1/turnover', async () => {
    const turnover = await parts.ledger.turnover();
    return turnover.map((one) => ({
      currency: one.currency,
      debited_minor: one.debitedMinor.toString(),
      voided_minor: one.voidedMinor.toString(),
    }));
  });

  app.get('/v1/test-payers', async () => testPayers.map(({ payer, means }) => ({ payer, means })));
}

async function debit(parts: GatewayParts, request: FastifyRequest<PaymentCall>, reply: FastifyReply) {
  const order = orderOf(request);
  const behaviour = await behaviourOf(parts, 'debit', order);
  if (behaviour.kind === 'slow') await pause(parts.slowMs, request);
  if (behaviour.kind === 'fail' && !behaviour.booked) return failure(reply, behaviour.status);
  failpoint('gateway.beforeBooking');
  const payment = await parts.ledger.debit({
    ...order,
    reference: `pay_${order.key.replaceAll('-', '')}`,
    declineCode: behaviour.kind === 'decline' ? behaviour.code : null,
  });
  failpoint('gateway.afterBooking');
  if (!isSameOrder(payment, order)) return reuse(reply, payment);
  if (behaviour.kind === 'silent') await pause(silenceMsMax, request);
  if (behaviour.kind === 'fail') return failure(reply, behaviour.status);
  return reply.code(statusOf(payment)).send(show(payment));
}

async function voidPayment(parts: GatewayParts, request: FastifyRequest<PaymentCall>, reply: FastifyReply) {
  const order = orderOf(request);
  const behaviour = await behaviourOf(parts, 'void', order);
  if (behaviour.kind === 'fail') return failure(reply, behaviour.status);
  const payment = await parts.ledger.void(order);
  return isSameOrder(payment, order) ? reply.send(show(payment)) : reuse(reply, payment);
}

async function entriesOf(parts: GatewayParts, request: FastifyRequest<LookUpCall>): Promise<unknown[]> {
  const entries = await parts.ledger.entries(request.params.key.toLowerCase());
  return entries.map((entry) => ({
    movement: entry.movement,
    account: entry.account,
    amount_minor: entry.amountMinor.toString(),
    currency: entry.currency,
    booked_at: new Date(entry.bookedAtMs).toISOString(),
  }));
}

async function lookUp(parts: GatewayParts, request: FastifyRequest<LookUpCall>, reply: FastifyReply) {
  const payment = await parts.ledger.payment(request.params.key.toLowerCase());
  if (!payment) return reply.code(404).send({ error: 'not_found', message: 'no payment under this key' });
  if (testPayer(payment.payer)?.lookUpFails) return failure(reply, 503);
  return reply.send(show(payment));
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
    const { socket } = request.raw;
    const end = (): void => {
      clearTimeout(timer);
      socket.off('close', end); // the connection is kept alive, and would collect one listener for each call
      resolve();
    };
    const timer = setTimeout(end, ms);
    socket.once('close', end);
  });
}
