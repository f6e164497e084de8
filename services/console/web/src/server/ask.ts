/** How the page asks the console and acts through it. Every failure is a `Refusal`: a sentence that says what to do. */
import type { Problem, SessionAnswer } from './answers.ts';

/** A "no", or no answer at all. */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;

  constructor(says: string, code: string, status: number) {
    super(says);
    this.name = 'Refusal';
    this.code = code;
    this.status = status;
  }
}

/**
 * Reads what the console wrote. It writes every answer through the schema of that answer (src/api), and the page that it
 * serves is built from the same sources: the shape is not checked a second time here.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the reader says which answer it is
export function readAnswer<Answer>(text: string): Answer {
  // oxlint-disable-next-line typescript/no-unsafe-return -- see above
  return JSON.parse(text);
}

/** A GET. */
export function ask<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  return send<Answer>(path, signal === undefined ? {} : { signal });
}

let token: string | undefined;

/** A POST. */
export async function act<Answer>(path: string, body: object = {}): Promise<Answer> {
  token ??= await freshToken();
  try {
    return await post<Answer>(path, body, token);
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'csrf-token-wrong') throw error;
    // The console has started anew since; nothing was done.
    token = await freshToken();
    return post<Answer>(path, body, token);
  }
}

async function freshToken(): Promise<string> {
  const { csrfToken } = await ask<SessionAnswer>('/api/session');
  return csrfToken;
}

function post<Answer>(path: string, body: object, csrfToken: string): Promise<Answer> {
  return send<Answer>(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-csrf-token': csrfToken },
    body: JSON.stringify(body),
  });
}

const unreachable =
  'The console does not answer. Is the system running? npm start starts it; this page goes on by itself.';

async function send<Answer>(path: string, init: RequestInit): Promise<Answer> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, { ...init, cache: 'no-store' });
    text = await response.text();
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Refusal(unreachable, 'unreachable', 0);
  }
  if (response.ok) return readAnswer<Answer>(text);
  throw refusalOf(response, text);
}

function refusalOf(response: Response, text: string): Refusal {
  if (response.headers.get('content-type')?.startsWith('application/problem+json') === true) {
    const { detail, title, code } = readAnswer<Problem>(text);
    return new Refusal(sentence(detail === '' ? title : detail), code, response.status);
  }
  return new Refusal(`The console answered ${response.status} without a reason.`, 'no-reason', response.status);
}

/** With a capital at its beginning and a full stop at its end. */
export function sentence(words: string): string {
  const begun = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?:]$/.test(begun) ? begun : `${begun}.`;
}
