/**
 * Who may talk to the console: a page that it served itself, in a browser on this machine. A page of another site cannot
 * write (token, cookie that stays at home, origin), cannot read (no CORS), and cannot come by another name for this
 * address (host: DNS rebinding). There is no login: whoever may use this machine's loopback may look, and act.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { kitProblems, Problem } from '@eventstream/service-kit';
import { answerProblem, type HttpApp } from '@eventstream/service-kit/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { consoleProblems } from '../problems.ts';

/** Nothing from elsewhere, nothing inline but styles, which charts set on their elements. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const headers = {
  'content-security-policy': contentSecurityPolicy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
} as const;

const ourNames = new Set(['127.0.0.1', 'localhost', '[::1]']);
const sessionBytes = 18;

/** The token of a session. It is made from the session's cookie, so that one without the other is worth nothing. */
export interface Guard {
  /** Begins a session unless the browser has one, and answers its token. */
  tokenFor(request: FastifyRequest, reply: FastifyReply): string;
}

/** Puts the guard in front of every route, also those that are added later. */
export function addGuard(app: HttpApp): Guard {
  const key = randomBytes(32);
  const tokenOf = (session: string): string => createHmac('sha256', key).update(session).digest('base64url');
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers);
    const refusal = refuse(request, tokenOf);
    if (refusal !== undefined) return answerProblem(reply, request.id, refusal);
    return undefined;
  });
  return {
    tokenFor(request, reply) {
      const known = sessionOf(request);
      const session = known ?? randomBytes(sessionBytes).toString('base64url');
      if (known === undefined)
        reply.header('set-cookie', `${cookieName(request)}=${session}; Path=/; HttpOnly; SameSite=Strict`);
      return tokenOf(session);
    },
  };
}

/** For a server that programs write to: no token, and still nothing for a page of another site. */
export function refuseForeignHosts(app: HttpApp): void {
  app.addHook('onRequest', async (request, reply) => {
    const { host, origin } = request.headers;
    const isForeign = host === undefined || !isOurs(`http://${host}`, request) || origin !== undefined;
    return isForeign ? answerProblem(reply, request.id, foreign('programs of this machine may write here')) : undefined;
  });
}

function refuse(request: FastifyRequest, tokenOf: (session: string) => string): Problem | undefined {
  const { host, origin } = request.headers;
  if (host === undefined || !isOurs(`http://${host}`, request))
    return foreign(`open the console as http://127.0.0.1:${portOf(request)}`);
  if (request.method === 'GET' || request.method === 'HEAD') return undefined;
  if (origin !== undefined && !isOurs(origin, request)) return foreign('another site may not act here');
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return foreign('another site may not act here');
  const session = sessionOf(request);
  const token = request.headers['x-csrf-token'];
  if (session === undefined || typeof token !== 'string' || !isSame(token, tokenOf(session)))
    return new Problem(
      consoleProblems.csrfTokenWrong,
      'the console was started anew, or this is no page of it: load the page again and repeat this',
    );
  return undefined;
}

function foreign(what: string): Problem {
  return new Problem(kitProblems.foreignRequest, what);
}

function isOurs(origin: string, request: FastifyRequest): boolean {
  if (!URL.canParse(origin)) return false;
  const { hostname, port, protocol } = new URL(origin);
  return protocol === 'http:' && ourNames.has(hostname) && Number(port === '' ? 80 : port) === portOf(request);
}

function portOf(request: FastifyRequest): number {
  return request.socket.localPort ?? 80;
}

/** Cookies know no ports: two consoles on one machine must not take each other's. */
function cookieName(request: FastifyRequest): string {
  return `eventstream_console_${portOf(request)}`;
}

function sessionOf(request: FastifyRequest): string | undefined {
  const wanted = cookieName(request);
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = pair.trim().split('=', 2);
    if (name === wanted && value !== undefined && /^[\w-]{24}$/.test(value)) return value;
  }
  return undefined;
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
