/**
 * The payment gateway over HTTP (`services/paymentgateway`, or a provider with the same contract).
 * Everything but a clear answer is `unknown`: a timeout, a broken connection, a 5xx. Only when no connection could be
 * made at all is nothing under way, and the caller waits for the gateway to come back.
 */
import { type Currency, isCurrency, type Money } from '@eventstream/contracts';
import { currentTraceparent, histogram, withSpan } from '@eventstream/platform';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { errors, Pool } from 'undici';
import {
  type DebitAnswer,
  GatewayUnreachable,
  type PaymentGateway,
  type PaymentRequest,
  type PaymentStatus,
  type VoidAnswer,
} from '../payment-gateway.ts';

/** How the gateway is reached. */
export interface HttpGatewayOptions {
  /** Such as `http://127.0.0.1:3001`. */
  readonly url: string;
  /** After this long without an answer the outcome counts as unknown. */
  readonly timeoutMs: number;
  readonly connectionsMax: number;
}

/** A provider's answer is a few hundred bytes; more is not an answer. */
const answerBytesMax = 16_384;

const paymentJson = Compile(
  Type.Object({
    status: Type.Union([Type.Literal('debited'), Type.Literal('declined'), Type.Literal('voided')]),
    reference: Type.Union([Type.String(), Type.Null()]),
    voided_minor: Type.String({ pattern: '^[0-9]{1,15}$' }),
    currency: Type.String(),
    code: Type.Optional(Type.String()),
    message: Type.Optional(Type.String()),
  }),
);
type PaymentJson = ReturnType<typeof paymentJson.Parse>;

interface Reply {
  readonly status: number;
  readonly payment: PaymentJson | undefined;
}

const callSeconds = histogram('gateway_call_seconds', 'Time of a call to the payment gateway, by its answer’s status', [
  'operation',
  'code',
]);

/** A gateway client with kept-alive connections; `close` lets go of them. */
export function httpPaymentGateway(options: HttpGatewayOptions): PaymentGateway & { close(): Promise<void> } {
  const pool = new Pool(options.url, {
    connections: options.connectionsMax,
    connectTimeout: Math.min(options.timeoutMs, 2_000),
    headersTimeout: options.timeoutMs,
    bodyTimeout: options.timeoutMs,
    maxResponseSize: answerBytesMax,
  });

  const call = (method: 'GET' | 'POST', what: string, request: PaymentRequest): Promise<Reply | string> =>
    withSpan(`gateway ${what}`, { kind: 'client', attributes: { 'order.id': request.key } }, async () => {
      const traceparent = currentTraceparent();
      const measured = callSeconds.startTimer({ operation: what });
      let code = 'none';
      const given = new AbortController();
      const timer = setTimeout(() => given.abort(timedOut(options.timeoutMs)), options.timeoutMs);
      try {
        const reply = await pool.request({
          method,
          path: what === 'look up' ? `/v1/payments/${request.key}` : `/v1/payments/${request.key}/${what}`,
          headers: { 'content-type': 'application/json', ...(traceparent === undefined ? {} : { traceparent }) },
          body: method === 'POST' ? bodyOf(request) : null,
          signal: given.signal,
        });
        const text = await reply.body.text();
        code = String(reply.statusCode);
        return { status: reply.statusCode, payment: parse(text) };
      } catch (error) {
        if (isUnreachable(error)) throw new GatewayUnreachable(options.url, error);
        return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      } finally {
        clearTimeout(timer); // AbortSignal.timeout would end each call's time, and make an error of it, long after its answer
        measured({ code });
      }
    });

  return {
    async debit(request) {
      const reply = await call('POST', 'debit', request);
      return typeof reply === 'string' ? { kind: 'unknown', reason: reply } : debitAnswer(reply);
    },
    async void(request) {
      const reply = await call('POST', 'void', request);
      return typeof reply === 'string' ? { kind: 'unknown', reason: reply } : voidAnswer(reply);
    },
    async lookUp(request): Promise<PaymentStatus> {
      const reply = await call('GET', 'look up', request);
      if (typeof reply === 'string') return { kind: 'unknown', reason: reply };
      return reply.status === 404 ? { kind: 'none' } : debitAnswer(reply);
    },
    close: () => pool.close(),
  };
}

function timedOut(afterMs: number): DOMException {
  return new DOMException(`no answer within ${afterMs} ms`, 'TimeoutError');
}

function bodyOf(request: PaymentRequest): string {
  return JSON.stringify({
    amount_minor: request.amount.minor.toString(),
    currency: request.amount.currency,
    payer: request.payer,
  });
}

function parse(text: string): PaymentJson | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return paymentJson.Check(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

function debitAnswer({ status, payment }: Reply): DebitAnswer {
  if (!payment) return { kind: 'unknown', reason: `the gateway answered ${status} without a payment` };
  switch (payment.status) {
    case 'debited':
      return { kind: 'debited', reference: recordable(payment.reference ?? '') };
    case 'declined':
      return {
        kind: 'declined',
        code: recordable(payment.code ?? 'declined'),
        message: recordable(payment.message ?? ''),
      };
    case 'voided':
      return { kind: 'closed' };
  }
}

/** A provider's words as an event can hold them: not too long, and nothing that no text column takes. */
function recordable(words: string): string {
  return words.slice(0, 500).replaceAll('\0', '').toWellFormed();
}

function voidAnswer({ status, payment }: Reply): VoidAnswer {
  if (!payment || payment.status !== 'voided')
    return { kind: 'unknown', reason: `the gateway answered ${status} without a void` };
  if (!isCurrency(payment.currency)) return { kind: 'unknown', reason: `${payment.currency} is no currency` };
  const reference = payment.reference === null ? null : recordable(payment.reference);
  return { kind: 'closed', givenBack: moneyOf(payment.voided_minor, payment.currency), reference };
}

function moneyOf(minor: string, currency: Currency): Money {
  return { minor: BigInt(minor), currency };
}

const noConnection: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** Nothing was sent: no connection could be made. */
function isUnreachable(error: unknown): boolean {
  if (error instanceof errors.ConnectTimeoutError) return true;
  return error instanceof Error && 'code' in error && noConnection.has(error.code);
}
