import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLogger } from '@eventstream/platform';
import { kitProblems } from '@eventstream/service-kit';
import { createHttpApp, readProblemPage } from '@eventstream/service-kit/http';
import { consoleProblems } from '../problems.ts';
import { addGuard, refuseForeignHosts } from './guard.ts';
import { sessionRoute } from './session-route.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const session = {
  operator: 'ada',
  ordersUrl: 'http://127.0.0.1:3000',
  version: '0.1.0',
  samples: [],
  traces: { kind: 'here' },
  burst: { ordersMax: 1, perSecondMax: 1 },
  canVerify: false,
  cannotVerifyWhy: null,
} as const;

function guarded() {
  const app = createHttpApp({ logger });
  const guard = addGuard(app);
  let done = 0;
  sessionRoute(app, { guard, session: { ...session, samples: [] } });
  app.post('/api/act', () => {
    done += 1;
    return { done };
  });
  return { app, count: () => done };
}

/** A page that has begun a session, as a browser would send what it knows. */
async function page(app: ReturnType<typeof guarded>['app']) {
  const answer = await app.inject('/api/session');
  const cookie = String(answer.headers['set-cookie']).split(';', 1)[0] ?? '';
  return { cookie, 'x-csrf-token': String(answer.json().csrfToken) };
}

describe('a write', () => {
  test('is done for the page’s own session', async () => {
    const { app, count } = guarded();
    const answer = await app.inject({ method: 'POST', url: '/api/act', headers: await page(app) });
    assert.deepEqual([answer.statusCode, count()], [200, 1]);
  });

  test('without its token, with another session’s, or without the cookie is refused, and nothing is done', async () => {
    const { app, count } = guarded();
    const [one, other] = [await page(app), await page(app)];
    for (const headers of [
      {},
      { cookie: one.cookie },
      { 'x-csrf-token': one['x-csrf-token'] },
      { ...one, 'x-csrf-token': other['x-csrf-token'] },
    ]) {
      const answer = await app.inject({ method: 'POST', url: '/api/act', headers });
      assert.deepEqual([answer.statusCode, answer.json().code], [403, 'csrf-token-wrong']);
    }
    assert.equal(count(), 0);
  });

  test('from a page of another site is refused, whatever it knows', async () => {
    const { app, count } = guarded();
    const known = await page(app);
    for (const foreign of [{ origin: 'http://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }]) {
      const answer = await app.inject({ method: 'POST', url: '/api/act', headers: { ...known, ...foreign } });
      assert.deepEqual([answer.statusCode, answer.json().code], [403, 'foreign-request']);
    }
    assert.equal(count(), 0);
  });
});

describe('every answer', () => {
  test('is refused under another name for this address: a name that was bent to it may not read', async () => {
    const { app } = guarded();
    for (const host of ['evil.example', '127.0.0.1:9', 'localhost.evil.example:80'])
      assert.equal((await app.inject({ url: '/api/session', headers: { host } })).statusCode, 403, host);
    for (const host of ['127.0.0.1', 'localhost:80', '[::1]:80'])
      assert.equal((await app.inject({ url: '/api/session', headers: { host } })).statusCode, 200, host);
  });

  test('forbids scripts that are not ours, frames, and sniffing', async () => {
    const { app } = guarded();
    const { headers } = await app.inject('/api/session');
    const policy = String(headers['content-security-policy']);
    assert.match(policy, /default-src 'none'; script-src 'self';/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /script-src[^;]*unsafe/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.match(String(headers['set-cookie']), /HttpOnly; SameSite=Strict/);
  });
});

test('what exporters write to takes programs, and no page of any site', async () => {
  const app = createHttpApp({ logger });
  refuseForeignHosts(app);
  app.get('/health', () => ({ status: 'UP' }));
  assert.equal((await app.inject('/health')).statusCode, 200);
  const headers = { origin: 'http://evil.example' };
  assert.equal((await app.inject({ url: '/health', headers })).statusCode, 403);
});

test('every problem of the console has a page that names it', async () => {
  for (const type of [...Object.values(kitProblems), ...Object.values(consoleProblems)]) {
    const text = await readProblemPage(type);
    assert.ok(text.includes(`\`${type.slug}\` · HTTP ${type.status}`), type.slug);
    assert.ok(text.startsWith(`# ${type.title}`), type.slug);
  }
});
