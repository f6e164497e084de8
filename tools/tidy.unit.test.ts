// House rules that no linter knows: names that say nothing, tests that are left out, SQL that one of our databases lacks.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';

const root = join(import.meta.dirname, '..');
const skipped = new Set(['node_modules', '.git', '.eventstream', '.cache', 'gen', 'package-lock.json']);

/** What PostgreSQL has and CockroachDB has not, or not so that it can be relied on. */
const oneDatabaseOnly =
  /\b(pg_(try_)?advisory\w*|listen|notify|(big|small)?serial|skip\s+locked|plpgsql|create\s+(or\s+replace\s+)?trigger|deferrable)\b/i;
/** A text that is SQL, as far as it can be told from how it begins. */
const beginsLikeSql =
  /^\s*(select|insert|update|delete|with|create|alter|drop|grant|revoke|lock|listen|notify|do|set|begin)\s/i;
/** Folders that only somebody's own machine has. */
const ownMachine = /(?<![\w.~-])\/(root|work|home\/\w+|Users\/\w+)\//;
const emptyNames = /(^|[-.])(utils?|common|helpers?|managers?|misc|stuff)\.\w+$/;
const leftOut = /\b(test|describe|it|suite|t)\.(only|skip|todo)\(|\bskip: true\b|\bonly: true\b/;

/** Where an error's code is written: made, declared, or shown in brackets before its sentence. */
const errorCode = /(?:new CodedError\(|\bsuper\(|\breject\(|readonly code = )\s*'([^'\s]+)'|`\[([\w/-]+)\] /g;
const snakeCase = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;

function errorCodesIn(source: string): string[] {
  return [...source.matchAll(errorCode)].map(([, code, shown]) => code ?? shown ?? '');
}

/** Where tests are told. What they wait for is a fact. */
const toldInTests = /\.(test|fixture)\.ts$|^(e2e|packages\/testing)\//;
/** Promises that only time fulfils. */
const sleeping = [
  /\bsleep\(/i,
  /\b(waitFor\(systemScheduler|scheduler\.wait\(|Atomics\.wait\(|promisify\(setTimeout\))/,
  /\bnew Promise\b[^;]*?=>[\s{]*(return\s+)?(globalThis\.)?setTimeout\(/,
  /\bsetTimeout\(\s*([\w.]*resolve|done)\b/,
  /\bonce\(\s*AbortSignal\.timeout\(/,
  /\bimport\b[^{}'\n]*'(node:)?timers\/promises'/,
];
const promisedTimers = /import \{([^}]*)\} from '(?:node:)?timers\/promises'/;

/** Whether a test lets time pass. To hand a timer to what is tested is not to sleep; to call it is. */
function sleeps(source: string): boolean {
  if (sleeping.some((way) => way.test(source))) return true;
  const [statement = '', names = ''] = promisedTimers.exec(source) ?? [];
  const timers = [...names.matchAll(/\b(setTimeout|setInterval)\b(?: as (\w+))?/g)].map(([, own, ours]) => ours ?? own);
  return timers.some((timer) => new RegExp(`\\b${timer}\\(`).test(source.replace(statement, '')));
}

/** Where time passes on purpose, and what for. Nothing that a test waits for is here. */
const mayLetTimePass: Readonly<Record<string, string>> = {
  'packages/testing/src/eventually.ts': 'the pause before a fact is asked for again',
  'packages/messaging/src/relay/relay.unit.test.ts': 'a broker that takes its time, and faults that are apart',
  'services/ordersvc/src/ordersvc-process.fixture.ts': 'a store that takes its time',
  'services/ordersvc/src/process.int.test.ts': 'clients that come back a little after they were refused',
};

function statementsIn(source: string): string[] {
  const texts = source.match(/`[^`]*`|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g) ?? [];
  return texts.map((text) => text.slice(1, -1)).filter((text) => beginsLikeSql.test(text));
}

const files = globSync('**/*.{ts,mjs,cjs,md,json,jsonc,yaml,yml,sh,conf,proto,html,css,js}', {
  cwd: root,
  exclude: (name) => skipped.has(name),
}).filter((name) => name !== join('tools', basename(import.meta.filename)));
const textOf = (name: string): string => readFileSync(join(root, name), 'utf8');
const sources = files.filter((name) => name.endsWith('.ts'));

describe('the repository', () => {
  test('is looked at', () => assert.ok(sources.length > 300, `only ${sources.length} files were found`));

  test('has no file whose name says nothing', () => {
    assert.deepEqual(
      files.filter((name) => emptyNames.test(basename(name))),
      [],
    );
  });

  test('leaves no test out', () => {
    const tests = sources.filter((name) => name.endsWith('.test.ts'));
    assert.ok(tests.length > 50);
    assert.deepEqual(
      tests.filter((name) => leftOut.test(textOf(name))),
      [],
    );
  });

  test('waits for facts in its tests, and sleeps in none', () => {
    assert.deepEqual(
      sources.filter((name) => toldInTests.test(name) && sleeps(textOf(name))).toSorted(),
      Object.keys(mayLetTimePass).toSorted(),
    );
  });

  test('has every test in a tier, by its name', () => {
    assert.deepEqual(
      sources.filter((name) => name.endsWith('.test.ts') && !/\.(unit|int|e2e)\.test\.ts$/.test(name)),
      [],
    );
  });

  test('names no folder of somebody’s own machine', () => {
    assert.deepEqual(
      files.filter((name) => ownMachine.test(textOf(name))),
      [],
    );
  });

  test('spells every error code alike: lower_snake_case', () => {
    const ours = sources.filter((name) => !name.endsWith('.test.ts')); // tests play others, with codes of their own
    const codes = ours.flatMap((name) => errorCodesIn(textOf(name)).map((code) => ({ name, code })));
    assert.ok(codes.length > 100, `only ${codes.length} codes were found`);
    assert.deepEqual(
      codes.filter(({ code }) => !snakeCase.test(code)),
      [],
    );
  });

  test('keeps to the SQL that PostgreSQL and CockroachDB both have', () => {
    const statements = sources.flatMap((name) => statementsIn(textOf(name)).map((text) => `${name}: ${text}`));
    assert.ok(statements.length > 100, `only ${statements.length} statements were found`);
    assert.deepEqual(
      statements.filter((statement) => oneDatabaseOnly.test(statement)),
      [],
    );
  });
});

describe('these rules', () => {
  test('see what they are for', () => {
    const broken = "const q = `select pg_advisory_lock(1)`; query('create table t (id bigserial)');";
    assert.equal(statementsIn(broken).filter((statement) => oneDatabaseOnly.test(statement)).length, 2);
    assert.ok(oneDatabaseOnly.test('select 1 from t for update skip locked'));
    assert.ok(leftOut.test('describe.only('));
    assert.ok(emptyNames.test('string-utils.ts'));
    const codes = errorCodesIn("new CodedError(\n 'a-b', ''); readonly code = 'a/b'; super('ab_c'); `[a/b] no`");
    assert.deepEqual(
      codes.map((code) => snakeCase.test(code)),
      [false, false, true, false],
    );
    assert.ok(ownMachine.test("open('/home/somebody/file')"));
  });

  test('see every way of sleeping', () => {
    const ways = [
      'await sleep(10);',
      'await new Promise((resolve) => setTimeout(resolve, 10));',
      'await new Promise<void>((ready) => {\n  setTimeout(ready, 10);\n});',
      'const { promise, resolve } = Promise.withResolvers(); setTimeout(resolve, 10);',
      'const later = Promise.withResolvers(); setTimeout(later.resolve, 10);',
      'test(name, (context, done) => { setTimeout(done, 10); });',
      "import { setTimeout as pause } from 'node:timers/promises';\nawait pause(10);",
      "import { setTimeout } from 'timers/promises';\nawait setTimeout(10);",
      "import { setImmediate as turn, setInterval } from 'node:timers/promises';\nfor await (const _ of setInterval(10)) ask();",
      "import { setImmediate, setTimeout as pause, setInterval } from 'node:timers/promises';\nsetInterval(10);",
      "import timers from 'node:timers/promises';",
      "const timers = await import('timers/promises');",
      "await once(AbortSignal.timeout(10), 'abort');",
      'await promisify(setTimeout)(10);',
      'await scheduler.wait(10);',
      'await waitFor(systemScheduler, 10);',
      'Atomics.wait(cell, 0, 0, 10);',
    ];
    assert.deepEqual(
      ways.filter((way) => !sleeps(way)),
      [],
    );
  });

  test('take no deadline, no fake that answers late and no timer handed on for sleeping', () => {
    const others = [
      'socket.setTimeout(answerWithinMs, () => socket.destroy());',
      'const answers = new Promise((resolve) => server.once("x", resolve)); setTimeout(() => held.forEach(ack), stallMs);',
      'const timer = setTimeout(() => reject(new Error("too late")), 10_000);',
      "import { setTimeout as wait } from 'node:timers/promises';\nawait office.dryRun(id, 'ada', wait);",
      "import { setImmediate as turn } from 'node:timers/promises';\nawait turn();",
      "context.mock.timers.enable({ apis: ['setTimeout'] });",
      'await page.getByText("All is well").waitFor();',
    ];
    assert.deepEqual(others.filter(sleeps), []);
  });

  test('let pass what only looks like it', () => {
    assert.deepEqual(statementsIn("server.listen(0); const kind = 'serializer'; // notify"), []);
    assert.ok(!emptyNames.test('common-settings.ts'));
    assert.ok(!ownMachine.test('https://example.org/work/'));
    assert.ok(!oneDatabaseOnly.test('select serialized from t'));
  });
});
