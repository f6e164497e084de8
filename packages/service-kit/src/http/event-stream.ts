/**
 * Server-sent events (WHATWG HTML, section 9.2): a bounded number of connections, each fed from an async iterable,
 * kept alive by heartbeats, ended when the iterable ends, the client leaves or the server stops.
 */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { gauge } from '@eventstream/platform';
import type { FastifyReply } from 'fastify';
import { kitProblems, Problem } from '../problem.ts';
import { answerProblem } from './problem-reply.ts';
import type { HttpApp } from './server.ts';

const openGauge = gauge('http_event_streams', 'Event streams held open');

/** One event as it is sent. */
export interface ServerSentEvent {
  /** What the client says in Last-Event-ID when it comes back. No line breaks. */
  readonly id: string;
  /** Its type. No line breaks. */
  readonly event: string;
  /** Sent as JSON, which has no line breaks. */
  readonly data: unknown;
}

/** How many streams may be open, and how often a silent one says that it lives. */
export interface EventStreamsOptions {
  readonly maxOpen: number;
  readonly heartbeatMs: number;
}

/** How long a client that reads too slowly may keep a stream waiting before it is dropped. */
const slowReaderMs = 15_000;

/** The event streams of one server. */
export class EventStreams {
  readonly #options: EventStreamsOptions;
  readonly #closing = new AbortController();
  #open = 0;

  /** Streams end when the server begins to stop: a connection that never ends would keep it from stopping. */
  constructor(app: HttpApp, options: EventStreamsOptions) {
    this.#options = options;
    app.addHook('preClose', async () => this.#closing.abort());
  }

  /** Why no further stream is opened; undefined when one may be. For asking before the work that a stream begins with. */
  refuse(): Problem | undefined {
    const { maxOpen } = this.#options;
    if (this.#open < maxOpen) return undefined;
    return new Problem(kitProblems.overloaded, `${maxOpen} event streams are open`, { retryAfterSeconds: 5 });
  }

  /** Sends what the iterable yields until it ends, or a problem when too many streams are open. Resolves at the end. */
  async send<Item>(
    reply: FastifyReply,
    items: AsyncIterable<Item>,
    encode: (item: Item) => ServerSentEvent,
  ): Promise<FastifyReply> {
    const full = this.refuse();
    if (full !== undefined) return answerProblem(reply, reply.request.id, full);
    this.#open += 1;
    openGauge.set(this.#open);
    reply.hijack();
    const response = reply.raw;
    const heartbeat = setInterval(() => response.write(':\n\n'), this.#options.heartbeatMs);
    try {
      response.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
        'x-request-id': reply.request.id,
      });
      response.flushHeaders();
      await this.#pump(response, items, encode);
    } catch (error) {
      if (!response.destroyed) reply.request.log.warn({ err: error }, 'an event stream broke off');
    } finally {
      clearInterval(heartbeat);
      response.end();
      this.#open -= 1;
      openGauge.set(this.#open);
    }
    return reply;
  }

  async #pump<Item>(
    response: ServerResponse,
    items: AsyncIterable<Item>,
    encode: (item: Item) => ServerSentEvent,
  ): Promise<void> {
    const iterator = items[Symbol.asyncIterator]();
    const end = new StreamEnd(response, this.#closing.signal);
    try {
      for (;;) {
        const next = await end.unlessBefore(iterator.next());
        if (next === 'ended' || next.done === true) return;
        const { id, event, data } = encode(next.value);
        const roomLeft = response.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
        if (!roomLeft) await once(response, 'drain', { signal: AbortSignal.timeout(slowReaderMs) });
      }
    } finally {
      end.release();
      // However it ended, a dropped slow reader included. Not awaited: a generator that waits for its source answers
      // only once that source does.
      void iterator.return?.().catch(() => {});
    }
  }
}

/**
 * Whether the client has left or the server is stopping. `Promise.race` with a promise of that would keep each event for as long
 * as the stream is open, and what waits for the server's stop for as long as the server runs.
 */
class StreamEnd {
  readonly #response: ServerResponse;
  readonly #closing: AbortSignal;
  #over = false;
  #tell: () => void = () => {};

  constructor(response: ServerResponse, closing: AbortSignal) {
    this.#response = response;
    this.#closing = closing;
    response.once('close', this.#end);
    closing.addEventListener('abort', this.#end, { once: true });
    if (closing.aborted || response.destroyed) this.#end();
  }

  /** What is waited for, unless the end comes first. Called again once it is answered. */
  unlessBefore<T>(wanted: Promise<T>): Promise<T | 'ended'> {
    return new Promise((resolve, reject) => {
      this.#tell = () => resolve('ended');
      if (this.#over) resolve('ended');
      wanted.then(resolve, reject);
    });
  }

  /** Looks no more. */
  release(): void {
    this.#response.off('close', this.#end);
    this.#closing.removeEventListener('abort', this.#end);
  }

  readonly #end = (): void => {
    this.#over = true;
    this.#tell();
  };
}
