import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import { createLogger, currentTraceparent, metrics as registry } from '@eventstream/platform';
import { type CallContext, chain, type Endpoint, type Middleware } from '../endpoint.ts';
import { isProblem, kitProblems, Problem } from '../problem.ts';
import { admission } from './admission.ts';
import { circuitBreaker } from './circuit-breaker.ts';
import { explainErrors } from './explain-errors.ts';
import { logging } from './logging.ts';
import { metrics } from './metrics.ts';
import { rateLimit } from './rate-limit.ts';
import { timeout } from './timeout.ts';
import { tracing } from './tracing.ts';

const silent = createLogger({ service: 'test', level: 'silent' });

function context(change: Partial<CallContext> = {}): CallContext {
  return {
    requestId: 'r-1',
    traceparent: undefined,
    principal: undefined,
    caller: 'somebody',
    signal: new AbortController().signal,
    logger: silent,
    ...change,
  };
}

const echo: Endpoint<string, string> = async (request) => request;
const slugOf = (answer: unknown): string => (isProblem(answer) ? answer.type.slug : `answer ${String(answer)}`);

/** An endpoint that answers when it is told to. */
function held(): { endpoint: Endpoint<string, string>; finish: () => void; signals: AbortSignal[] } {
  const gate = Promise.withResolvers<void>();
  const signals: AbortSignal[] = [];
  return {
    signals,
    finish: gate.resolve,
    endpoint: async (request, { signal }) => {
      signals.push(signal);
      await gate.promise;
      return request;
    },
  };
}

describe('chain', () => {
  test('makes the first the outermost', async () => {
    const seen: string[] = [];
    const named =
      (name: string): Middleware =>
      (next) =>
      (request, at) => {
        seen.push(name);
        return next(request, at);
      };
    assert.equal(await chain(named('a'), named('b'))(echo)('x', context()), 'x');
    assert.deepEqual(seen, ['a', 'b']);
  });
});

describe('admission', () => {
  test('lets in as many as it may, refuses the next at once, and lets in again', async () => {
    const { endpoint, finish } = held();
    const guarded = admission({ door: 'test', maxInFlight: 2, retryAfterSeconds: 7 }).admit(endpoint);
    const inside = [guarded('a', context()), guarded('b', context())];
    const refused = await guarded('c', context());
    assert.ok(isProblem(refused));
    assert.equal(refused.type, kitProblems.overloaded);
    assert.equal(refused.retryAfterSeconds, 7);
    finish();
    assert.deepEqual(await Promise.all(inside), ['a', 'b']);
    assert.equal(await guarded('d', context()), 'd');
  });

  test('lets the next one in also after a failure', async () => {
    const guarded = admission({ door: 'test', maxInFlight: 1, retryAfterSeconds: 1 }).admit(() =>
      Promise.reject(new Error('no')),
    );
    await assert.rejects(guarded('a', context()), /no/);
    await assert.rejects(guarded('b', context()), /no/);
  });

  test('is one door for all endpoints it is put around', async () => {
    const { endpoint, finish } = held();
    const door = admission({ door: 'test', maxInFlight: 1, retryAfterSeconds: 1 });
    const first = door.admit(endpoint)('a', context());
    assert.equal(slugOf(await door.admit(echo)('b', context())), 'overloaded');
    finish();
    await first;
  });

  test('says to a transport, before a call is read, what it would answer', async () => {
    const { endpoint, finish } = held();
    const door = admission({ door: 'early', maxInFlight: 1, retryAfterSeconds: 3 });
    assert.equal(door.refuse(), undefined);
    const first = door.admit(endpoint)('a', context());
    assert.equal(slugOf(door.refuse()), 'overloaded');
    assert.equal(door.refuse()?.retryAfterSeconds, 3);
    finish();
    await first;
    assert.equal(door.refuse(), undefined);
    assert.match(await registry.metrics(), /admission_refused_total\{door="early",reason="full"\} 2/);
  });

  test('holds a queue that stands, and measures how long calls were inside', async () => {
    let nowMs = 0;
    const queue = { waitMs: 100, burst: 2, always: 1 };
    const door = admission({ door: 'waits', maxInFlight: 9, retryAfterSeconds: 1, queue, nowMs: () => nowMs });
    const { endpoint, finish } = held();
    const inside = [door.admit(endpoint)('a', context()), door.admit(endpoint)('b', context())];
    const refused = door.refuse();
    assert.match(refused?.detail ?? '', /more waits arrive than are answered in time; nothing was done/);
    nowMs = 400;
    finish();
    await Promise.all(inside);
    const text = await registry.metrics();
    assert.match(text, /admission_refused_total\{door="waits",reason="waiting"\} 1/);
    assert.match(text, /admission_wait_seconds_sum\{door="waits"\} 0.8/);
  });
});

const clockAt = (start: number) => {
  let now = start;
  return { nowMs: () => now, pass: (ms: number) => (now += ms) };
};

describe('rate limit', () => {
  test('lets a burst through, then as many as come back with time', async () => {
    const clock = clockAt(1_000);
    const limited = rateLimit({ perSecond: 10, burst: 3, callersMax: 10, clock })(echo);
    const ask = async () => slugOf(await limited('x', context()));
    assert.deepEqual(
      [await ask(), await ask(), await ask(), await ask()],
      ['answer x', 'answer x', 'answer x', 'rate-limited'],
    );
    clock.pass(100);
    assert.deepEqual([await ask(), await ask()], ['answer x', 'rate-limited']);
    clock.pass(60_000);
    assert.deepEqual(
      [await ask(), await ask(), await ask(), await ask()],
      ['answer x', 'answer x', 'answer x', 'rate-limited'],
    );
  });

  test('says when to come back', async () => {
    const limited = rateLimit({ perSecond: 0.2, burst: 1, callersMax: 10, clock: clockAt(0) })(echo);
    await limited('x', context());
    const refused = await limited('x', context());
    assert.ok(isProblem(refused));
    assert.equal(refused.retryAfterSeconds, 5);
  });

  test('counts each caller apart, and a clock that is set back makes nobody rich', async () => {
    const clock = clockAt(10_000);
    const limited = rateLimit({ perSecond: 1, burst: 1, callersMax: 10, clock })(echo);
    assert.equal(slugOf(await limited('x', context({ caller: 'a' }))), 'answer x');
    assert.equal(slugOf(await limited('x', context({ caller: 'b' }))), 'answer x');
    clock.pass(-5_000);
    assert.equal(slugOf(await limited('x', context({ caller: 'a' }))), 'rate-limited');
  });

  test('forgets the caller not seen for longest', async () => {
    const limited = rateLimit({ perSecond: 1, burst: 1, callersMax: 2, clock: clockAt(0) })(echo);
    for (const caller of ['a', 'b', 'c']) await limited('x', context({ caller }));
    assert.equal(slugOf(await limited('x', context({ caller: 'c' }))), 'rate-limited');
    assert.equal(slugOf(await limited('x', context({ caller: 'a' }))), 'answer x');
  });
});

describe('timeout', () => {
  test('answers when the time is up, and tells whoever still works', async () => {
    const { endpoint, finish, signals } = held();
    const limited = timeout({ limitMs: 5, retryAfterSeconds: 1 })(endpoint);
    const answer = await limited('x', context());
    assert.equal(slugOf(answer), 'time-is-up');
    assert.equal(signals[0]?.aborted, true);
    finish();
  });

  test('stays out of the way of what is quick, and of what fails', async () => {
    const limited = timeout({ limitMs: 1_000, retryAfterSeconds: 1 });
    assert.equal(await limited(echo)('x', context()), 'x');
    await assert.rejects(limited(() => Promise.reject(new Error('no')))('x', context()), /no/);
  });

  test('passes on that the caller has gone', async () => {
    const caller = new AbortController();
    const { endpoint, finish, signals } = held();
    const answer = timeout({ limitMs: 1_000, retryAfterSeconds: 1 })(endpoint)('x', context({ signal: caller.signal }));
    caller.abort(new Error('gone'));
    assert.equal(signals[0]?.aborted, true);
    finish();
    await answer;
  });
});

describe('circuit breaker', () => {
  class Away extends Error {}
  const isFailure = (error: unknown): boolean => error instanceof Away;

  test('opens after many failures, asks once after a while, and closes when answered', async () => {
    mock.timers.enable({ apis: ['Date'] });
    try {
      let asked = 0;
      let away = true;
      const endpoint: Endpoint<string, string> = async (request) => {
        asked += 1;
        if (away) throw new Away();
        return request;
      };
      const guarded = circuitBreaker({ dependency: 'store', isFailure, openMs: 1_000, logger: silent })(endpoint);
      const ask = async () => slugOf(await guarded('x', context()).catch(() => 'failed'));
      for (let n = 0; n < 100 && (await ask()) !== 'dependency-unavailable'; n += 1) mock.timers.tick(10);
      const before = asked;
      assert.ok(before < 100, 'it opened');
      assert.equal(await ask(), 'dependency-unavailable');
      assert.equal(asked, before, 'while it is open nobody asks');
      mock.timers.tick(1_001);
      away = false;
      assert.equal(await ask(), 'answer x');
      assert.equal(await ask(), 'answer x');
    } finally {
      mock.timers.reset();
    }
  });

  test('closes when answered, though the machine’s clock was set back by an hour while it was open', async () => {
    mock.timers.enable({ apis: ['Date'], now: 7_200_000 });
    try {
      let away = true;
      const endpoint: Endpoint<string, string> = async (request) => (away ? Promise.reject(new Away()) : request);
      const guarded = circuitBreaker({ dependency: 'store', isFailure, openMs: 1_000, logger: silent })(endpoint);
      const ask = async () => slugOf(await guarded('x', context()).catch(() => 'failed'));
      for (let n = 0; n < 100 && (await ask()) !== 'dependency-unavailable'; n += 1) mock.timers.tick(10);
      assert.equal(await ask(), 'dependency-unavailable');
      mock.timers.setTime(3_600_000);
      away = false;
      assert.equal(await ask(), 'answer x');
    } finally {
      mock.timers.reset();
    }
  });

  test('does not open for what is no failure of the dependency', async () => {
    const guarded = circuitBreaker({ dependency: 'store', isFailure, openMs: 1_000, logger: silent })(() =>
      Promise.reject(new Error('a bug')),
    );
    for (let n = 0; n < 100; n += 1) await assert.rejects(guarded('x', context()), /a bug/);
  });
});

describe('explain errors', () => {
  const explained = explainErrors((error) =>
    error instanceof RangeError ? new Problem(kitProblems.dependencyUnavailable, 'away', { cause: error }) : undefined,
  );

  test('answers the problem an error stands for', async () => {
    assert.equal(
      slugOf(await explained(() => Promise.reject(new RangeError()))('x', context())),
      'dependency-unavailable',
    );
  });

  test('lets bugs through', async () => {
    await assert.rejects(explained(() => Promise.reject(new TypeError('bug')))('x', context()), /bug/);
  });
});

describe('what is seen from outside', () => {
  test('tracing runs an operation inside the caller’s trace', async () => {
    const traceparent = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-00`;
    const seen: string[] = [];
    const traced = tracing('test.trace')(async () => seen.push(currentTraceparent() ?? 'none'));
    await traced('x', context({ traceparent }));
    await traced('x', context());
    assert.match(seen[0] ?? '', new RegExp(`^00-${'ab'.repeat(16)}-`));
    assert.match(seen[1] ?? '', /^00-[0-9a-f]{32}-/);
  });

  test('metrics count answers, problems by their slug, and errors', async () => {
    const measured = metrics('test.metrics');
    await measured(echo)('x', context());
    await measured(async () => new Problem(kitProblems.overloaded, 'full'))('x', context());
    await assert.rejects(measured(() => Promise.reject(new Error('no')))('x', context()));
    const text = await registry.metrics();
    for (const outcome of ['ok', 'overloaded', 'error'])
      assert.match(text, new RegExp(`endpoint_seconds_count\\{operation="test.metrics",outcome="${outcome}"\\} 1`));
  });

  test('logging is quiet about success and shed work, informs about refusals and warns about our own faults', async () => {
    const lines: { level: string; problem?: string }[] = [];
    const logger = createLogger({
      service: 'test',
      level: 'info',
      destination: { write: (line) => void lines.push(JSON.parse(line)) },
    });
    const logged = logging('test.log');
    await logged(echo)('x', context({ logger }));
    await logged(async () => new Problem(kitProblems.invalidRequest, 'bad'))('x', context({ logger }));
    await logged(async () => new Problem(kitProblems.overloaded, 'full'))('x', context({ logger }));
    await logged(async () => new Problem(kitProblems.dependencyUnavailable, 'away'))('x', context({ logger }));
    assert.deepEqual(
      lines.map(({ level, problem }) => [level, problem]),
      [
        ['info', 'invalid-request'],
        ['warn', 'dependency-unavailable'],
      ],
    );
  });
});
