/** Sends one order to ordersvc and says what is known of it afterwards. Cheap: it may share its machine with the system. */
import { messageOf } from '@eventstream/platform';
import { Client, type Dispatcher, errors } from 'undici';

/** What the client knows after one request. */
export type Outcome =
  /** Stored. `replayed`: an earlier request with the same key had stored it. */
  | { readonly kind: 'acked'; readonly orderId: string; readonly position: string; readonly replayed: boolean }
  /** Not stored by this request. Status 0: no connection could be made. */
  | { readonly kind: 'refused'; readonly status: number; readonly code: string; readonly retryAfterMs: number }
  /** It may or may not be stored: no answer, or one that does not say. Ask again with the same key. */
  | { readonly kind: 'unknown'; readonly status: number; readonly code: string; readonly retryAfterMs: number };

/** An order as it is sent: the same key and body again are the same order. */
interface SentOrder {
  readonly key: string;
  /** JSON. */
  readonly body: string;
}

/** Sends orders over kept-alive connections. */
export interface OrderSender {
  /** Never rejects. */
  send(order: SentOrder): Promise<Outcome>;
  close(): Promise<void>;
}

/** Where to, and how much at most. */
export interface SenderOptions {
  /** Such as `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly connectionsMax: number;
  /** After this the outcome is unknown. */
  readonly answerWithinMs: number;
}

/** An order's answer is a few hundred bytes; an order of a hundred items some thousands. */
const answerBytesMax = 1024 * 1024;
const connectWithinMs = 2_000;
/** Refusals of a busy service: nothing was done. Any other 5xx leaves it open whether the order was stored. */
const notDone: ReadonlySet<string> = new Set(['overloaded', 'rate-limited']);

/** A sender; close it. */
export function orderSender({ url, connectionsMax, answerWithinMs }: SenderOptions): OrderSender {
  const connections: Client[] = [];
  /** The one that answered last is asked next. A pool would look through all that are busy, and these are thousands. */
  const idle: Client[] = [];
  const connect = (): Client => {
    if (connections.length >= connectionsMax) throw new Error(`more than ${connectionsMax} orders at once`);
    const connection = new Client(url, {
      connectTimeout: Math.min(connectWithinMs, answerWithinMs),
      headersTimeout: answerWithinMs,
      bodyTimeout: answerWithinMs,
      maxResponseSize: answerBytesMax,
    });
    connections.push(connection);
    return connection;
  };
  return {
    async send(order) {
      const connection = idle.pop() ?? connect();
      const outcome = await new Promise<Outcome>((resolve) => {
        connection.dispatch(requestOf(order), new OutcomeReader(resolve));
      });
      idle.push(connection);
      return outcome;
    },
    async close() {
      await Promise.all(connections.map((connection) => connection.destroy()));
    },
  };
}

function requestOf({ key, body }: SentOrder): Dispatcher.DispatchOptions {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  return { method: 'POST', path: '/api/orders', headers, body };
}

/** Reads an answer as it comes, and keeps the body of a refusal only: what an ack says is in its headers. */
class OutcomeReader implements Dispatcher.DispatchHandler {
  readonly #resolve: (outcome: Outcome) => void;
  #status = 0;
  #headers: Headers = {};
  #body = '';

  constructor(resolve: (outcome: Outcome) => void) {
    this.#resolve = resolve;
  }

  /** undici knows by this which kind of handler it was given. */
  onRequestStart(): void {}

  onResponseStart(_controller: unknown, status: number, headers: Headers): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    if (this.#status !== 201) this.#body += chunk.toString();
  }

  onResponseEnd(): void {
    this.#resolve(this.#status === 201 ? acked(this.#headers) : refusal(this.#status, this.#headers, this.#body));
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#resolve(failure(error));
  }
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

function textOf(headers: Headers, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}

/** The id is read from the `location` header, so that nobody parses the body. */
function acked(headers: Headers): Outcome {
  const orderId = textOf(headers, 'location').split('/').at(-1) ?? '';
  if (orderId === '') return { kind: 'unknown', status: 201, code: 'no-location', retryAfterMs: 0 };
  return {
    kind: 'acked',
    orderId,
    position: textOf(headers, 'eventstream-position'),
    replayed: textOf(headers, 'idempotent-replayed') === 'true',
  };
}

function refusal(status: number, headers: Headers, body: string): Outcome {
  const code = problemCode(body) ?? `status-${status}`;
  const retryAfterMs = Math.max(0, Number(textOf(headers, 'retry-after'))) * 1000 || 0;
  const kind = status < 500 || notDone.has(code) ? 'refused' : 'unknown';
  return { kind, status, code, retryAfterMs };
}

function problemCode(body: string): string | undefined {
  return /"code":"([a-z0-9-]{1,60})"/.exec(body)?.[1];
}

const neverSent: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND']);

function failure(error: unknown): Outcome {
  const reason = error instanceof Error && 'code' in error ? error.code : undefined;
  const unsent = neverSent.has(reason) || error instanceof errors.ConnectTimeoutError;
  const code = typeof reason === 'string' ? reason : messageOf(error);
  return { kind: unsent ? 'refused' : 'unknown', status: 0, code, retryAfterMs: 0 };
}
