/**
 * Publishes windows of messages and gathers their acknowledgements on one inbox of its own. That is 2.5 times what the
 * client's `publish` does (one promise, timer and parser per message there; one per window here).
 * Promises: messages leave in the order of the calls; a window's answer tells for each message that was asked for whether it
 * is stored, refused or unknown; no window stays open longer than the ack wait.
 */
import { createInbox, type Msg, type MsgHdrs, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import type { ConnectionWatch } from './connection-watch.ts';

/** One message to publish. */
export interface Outgoing {
  readonly subject: string;
  readonly headers: MsgHdrs;
  readonly data: Uint8Array;
}

/** What the server said to one message. */
export type Reply =
  | { readonly kind: 'stored'; readonly sequence: number }
  | { readonly kind: 'refused'; readonly code: number; readonly description: string }
  /** No answer, or one that does not come from a stream: it may be stored or not. */
  | { readonly kind: 'unknown'; readonly reason: string };

interface Window {
  readonly firstToken: number;
  readonly replies: (Reply | undefined)[];
  open: number;
  readonly close: (reason: string) => void;
}

/** Publishes over one connection; the connection stays the caller's. */
export class WindowPublisher {
  readonly #connection: NatsConnection;
  readonly #ackWaitMs: number;
  readonly #inbox: string;
  readonly #subscription: Subscription;
  /** Those without all their answers, in the order in which they were sent. Few: the relay keeps them so. */
  readonly #windows = new Set<Window>();
  #nextToken = 1;
  readonly #watch: ConnectionWatch;
  readonly #unwatch: () => void;

  constructor(connection: NatsConnection, watch: ConnectionWatch, ackWaitMs: number) {
    this.#connection = connection;
    this.#ackWaitMs = ackWaitMs;
    this.#inbox = createInbox();
    this.#subscription = connection.subscribe(`${this.#inbox}.*`, { callback: (_error, reply) => this.#take(reply) });
    this.#watch = watch;
    // Answers that were on their way when the connection broke never come: waiting for them would only cost time.
    this.#unwatch = this.#watch.onBreak((reason) => this.#closeAll(reason));
  }

  /** Sends them all and resolves with one reply each, in order. Never rejects. */
  send(messages: readonly Outgoing[]): Promise<readonly Reply[]> {
    // While disconnected the client would keep the messages and send them long after we gave up on them.
    if (!this.#watch.connected) return Promise.resolve(messages.map(() => unknown('not connected to nats-server')));
    if (messages.length === 0) return Promise.resolve([]);
    return new Promise((resolve) => {
      const firstToken = this.#nextToken;
      this.#nextToken += messages.length;
      const replies: (Reply | undefined)[] = messages.map(() => undefined);
      const window: Window = {
        firstToken,
        replies,
        open: messages.length,
        close: (reason) => {
          clearTimeout(timer);
          this.#windows.delete(window);
          resolve(replies.map((reply) => reply ?? unknown(reason)));
        },
      };
      const timer = setTimeout(() => window.close(`no answer within ${this.#ackWaitMs} ms`), this.#ackWaitMs);
      this.#publish(window, messages);
    });
  }

  /**
   * Sends messages that are each refused unless the one before it was stored, and resolves with the reply to the last, which
   * speaks for all: undefined when there is none. Never rejects.
   */
  async sendChain(messages: readonly Outgoing[]): Promise<Reply | undefined> {
    if (!this.#watch.connected) return unknown('not connected to nats-server');
    try {
      for (const { subject, data, headers } of messages.slice(0, -1))
        this.#connection.publish(subject, data, { headers });
    } catch (error) {
      return unknown(`publishing failed: ${String(error)}`); // the connection was closed under us
    }
    const [reply] = await this.send(messages.slice(-1));
    return reply;
  }

  /** Stops listening; windows under way end as unknown. */
  close(): void {
    this.#unwatch();
    this.#subscription.unsubscribe();
    this.#closeAll('closed');
  }

  #publish(window: Window, messages: readonly Outgoing[]): void {
    this.#windows.add(window);
    try {
      messages.forEach(({ subject, data, headers }, at) => {
        this.#connection.publish(subject, data, { headers, reply: `${this.#inbox}.${window.firstToken + at}` });
      });
    } catch (error) {
      window.close(`publishing failed: ${String(error)}`); // the connection was closed under us
    }
  }

  #take(message: Msg): void {
    const token = Number(message.subject.slice(this.#inbox.length + 1));
    const window = this.#windowOf(token);
    if (window === undefined) return; // an answer after we gave up on its window
    const at = token - window.firstToken;
    if (window.replies[at] !== undefined) return;
    window.replies[at] = parseReply(message);
    window.open -= 1;
    if (window.open === 0) window.close('complete');
  }

  #windowOf(token: number): Window | undefined {
    for (const window of this.#windows) {
      const at = token - window.firstToken;
      if (at >= 0 && at < window.replies.length) return window;
    }
    return undefined;
  }

  #closeAll(reason: string): void {
    for (const window of this.#windows) window.close(reason);
  }
}

function unknown(reason: string): Reply {
  return { kind: 'unknown', reason };
}

/** Reads `{"stream":"ORDERS","seq":7}`, `{"error":{"err_code":10071,"description":"…"}}`, or a bare status such as 503. */
function parseReply(message: Msg): Reply {
  if (message.headers?.hasError) return unknown(`nats-server answered ${message.headers.status}`);
  const answer = parseJson(message);
  if (typeof answer !== 'object' || answer === null) return unknown('the answer is not JSON');
  if ('error' in answer) return parseError(answer.error);
  if ('seq' in answer && typeof answer.seq === 'number') return { kind: 'stored', sequence: answer.seq };
  return unknown('the answer has no sequence');
}

function parseError(error: unknown): Reply {
  if (typeof error !== 'object' || error === null) return unknown('the answer is an error without content');
  const code = 'err_code' in error && typeof error.err_code === 'number' ? error.err_code : 0;
  const description = 'description' in error ? String(error.description) : 'no description';
  return { kind: 'refused', code, description };
}

function parseJson(message: Msg): unknown {
  try {
    return message.json();
  } catch {
    return undefined;
  }
}
