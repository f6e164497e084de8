/** The console as its page uses it: a session with its token, JSON answers held against their schemas, live streams. */
import assert from 'node:assert/strict';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { session } from '../services/console/src/api/session.ts';
import type { TestSystem } from './system.ts';

/** One message of a live stream. */
export interface Message {
  readonly event: string;
  readonly data: unknown;
}

/** A page that has begun its session. */
export class ConsoleClient {
  readonly url: string;
  readonly zipkinUrl: string | undefined;
  readonly #cookie: string;
  readonly #token: string;

  private constructor(urls: readonly string[], cookie: string, token: string) {
    [this.url = '', this.zipkinUrl] = urls;
    this.#cookie = cookie;
    this.#token = token;
  }

  /** Opens the console of a running system. */
  static async open(system: TestSystem): Promise<ConsoleClient> {
    const { parts } = await system.refresh();
    const urls = parts.find(({ name }) => name === 'console')?.addresses ?? [];
    const response = await fetch(`${urls[0]}/api/session`);
    const cookie = response.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
    const { csrfToken } = Value.Parse(session, await response.json());
    return new ConsoleClient(urls, cookie, csrfToken);
  }

  /** An answer that must have the shape that the page is built on. */
  async get<Schema extends TSchema>(path: string, shape: Schema): Promise<Static<Schema>> {
    const response = await fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(20_000) });
    return this.#read(path, shape, response);
  }

  /** The same of a write. */
  async post<Schema extends TSchema>(path: string, body: unknown, shape: Schema): Promise<Static<Schema>> {
    const response = await fetch(`${this.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: this.#cookie, 'x-csrf-token': this.#token },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    });
    return this.#read(path, shape, response);
  }

  async #read<Schema extends TSchema>(path: string, shape: Schema, response: Response): Promise<Static<Schema>> {
    const text = await response.text();
    assert.ok(response.ok, `${path}: ${response.status} ${text}`);
    assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
    const body: unknown = JSON.parse(text);
    const faults = Value.Errors(shape, body).map(({ instancePath, message }) => `${instancePath} ${message}`);
    assert.ok(Value.Check(shape, body), `${path} is not as its schema says: ${faults.slice(0, 3).join(', ')}`);
    return body;
  }

  /** A live stream until the signal aborts, or whoever reads it leaves. */
  async *follow(path: string): AsyncGenerator<Message> {
    const leaving = new AbortController();
    const response = await fetch(`${this.url}${path}`, { signal: leaving.signal });
    assert.ok(response.body);
    const decoder = new TextDecoder();
    let held = '';
    try {
      for await (const chunk of response.body) {
        const parts = (held + decoder.decode(chunk, { stream: true })).split('\n\n');
        held = parts.pop() ?? '';
        for (const part of parts) {
          const [, event] = /^event: (.*)$/m.exec(part) ?? [];
          const [, data] = /^data: (.*)$/m.exec(part) ?? [];
          if (event !== undefined && data !== undefined) yield { event, data: JSON.parse(data) };
        }
      }
    } finally {
      leaving.abort();
    }
  }
}
