/** What every saga store promises, as tests: memory and SQL run the same. Times are judged by the store's own clock. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  eventId,
  incarnation,
  type Position,
  position,
  revision,
  type StreamName,
  streamName,
} from '@eventstream/contracts';
import { newId } from '@eventstream/platform';
import type { ClaimedRow, ClaimRequest, PlannedAction, SagaRow, SagaState, SagaStore } from '@eventstream/saga';
import { eventually } from '../eventually.ts';

/** An adapter under test. */
export interface SagaStoreUnderTest {
  readonly name: string;
  /** Two views of one new and empty store, as two processes would have them. */
  open(): Promise<readonly [SagaStore, SagaStore]>;
  /** The store's time, milliseconds since 1970. */
  nowMs(): Promise<number>;
}

const life = incarnation(newId());
const alice = streamName('trip-alice');
const bob = streamName('trip-bob');
const carol = streamName('trip-carol');
const longMs = 3_600_000;

function stateAt(sinceMs: number, change: Partial<SagaState> = {}): SagaState {
  return {
    status: 'running',
    reason: null,
    steps: [{ kind: 'running', name: 'flight', sinceMs, dueMs: sinceMs + 1000 }],
    cause: eventId(newId()),
    startedAtMs: sinceMs,
    sinceMs,
    revision: revision(1),
    ...change,
  };
}

function rowOf(stream: StreamName, change: Partial<SagaRow> = {}): SagaRow {
  const state = stateAt(1_000_000);
  return {
    stream,
    correlation: 'a "conversation" {\\',
    state,
    seenRevision: revision(1),
    fault: null,
    next: null,
    stuckAtMs: null,
    ...change,
  };
}

const atOnce: PlannedAction = { kind: 'askUndo', step: 'flight', dueMs: null };
const deadline = (dueMs: number): PlannedAction => ({ kind: 'deadline', step: 'flight', dueMs });

/** Writes rows as the sink does: one page, from wherever the checkpoint is. */
async function write(store: SagaStore, ...rows: readonly SagaRow[]): Promise<void> {
  const { position: at } = await store.checkpoint();
  const outcome = await store.applyPage({ ...page(at, at + 1), streams: [], fold: () => rows });
  assert.deepEqual(outcome, { kind: 'committed' });
}

function page(after: number, to: number): { after: Position; to: Position; incarnation: typeof life } {
  return { after: position(after), to: position(to), incarnation: life };
}

async function claim(store: SagaStore, change: Partial<ClaimRequest> = {}): Promise<readonly ClaimedRow[]> {
  const request = { owner: 'one', limit: 10, claimMs: longMs, deadlinesNotOf: [], ...change };
  return (await store.claim(request)).rows;
}

const streams = (claimed: readonly ClaimedRow[]): readonly string[] => claimed.map(({ row }) => row.stream);

async function first(claimed: Promise<readonly ClaimedRow[]>): Promise<ClaimedRow> {
  return (await claimed)[0] ?? assert.fail('nothing was claimed');
}

type Tests = Readonly<Record<string, (opened: Opened) => Promise<void>>>;

interface Opened {
  readonly store: SagaStore;
  /** The same rows, as another process sees them. */
  readonly other: SagaStore;
  readonly nowMs: number;
}

const pages: Tests = {
  'begins before the first position': async ({ store }) => {
    assert.deepEqual(await store.checkpoint(), { position: 0, incarnation: undefined });
  },
  'gives a page the rows it asked for, writes what it answers, and moves the checkpoint': async ({ store, other }) => {
    const row = rowOf(alice, { next: deadline(5_000_000) });
    await write(store, row, rowOf(bob));
    const known: SagaRow[] = [];
    const outcome = await other.applyPage({
      ...page(1, 7),
      streams: [alice, carol],
      fold: (rows) => {
        known.push(...rows.values());
        return [rowOf(carol)];
      },
    });
    assert.deepEqual(outcome, { kind: 'committed' });
    assert.deepEqual(known, [row]);
    assert.deepEqual(await store.checkpoint(), { position: 7, incarnation: life });
    assert.equal((await store.find(carol))?.row.stream, carol);
  },
  'changes nothing when the checkpoint is elsewhere, even at the beginning': async ({ store, other }) => {
    await write(store, rowOf(alice));
    for (const from of [0, 5]) {
      const fold = () => [rowOf(bob)];
      assert.deepEqual(await other.applyPage({ ...page(from, 9), streams: [], fold }), { kind: 'moved' });
    }
    assert.equal(await store.find(bob), undefined);
    assert.equal((await store.checkpoint()).position, 1);
  },
  'changes nothing for a page out of another life of the log': async ({ store }) => {
    await write(store, rowOf(alice));
    const incarnationNow = incarnation(newId());
    const outcome = await store.applyPage({
      ...page(1, 2),
      incarnation: incarnationNow,
      streams: [],
      fold: () => [rowOf(bob)],
    });
    assert.deepEqual(outcome, { kind: 'moved' });
    assert.deepEqual(await store.checkpoint(), { position: 1, incarnation: life });
  },
  'lets one of two writers of the same page through': async ({ store, other }) => {
    const begin = { ...page(0, 1), streams: [], fold: () => [rowOf(alice)] };
    const next = { ...page(1, 2), streams: [], fold: () => [rowOf(alice), rowOf(bob)] };
    const reading = { ...page(2, 3), streams: [alice], fold: () => [rowOf(carol)] };
    for (const written of [begin, next, reading]) {
      const outcomes = await Promise.all([store.applyPage(written), other.applyPage(written)]);
      assert.deepEqual(outcomes.map(({ kind }) => kind).toSorted(), ['committed', 'moved']);
    }
    assert.equal((await store.list({ limit: 10 })).sagas.length, 3);
  },
  'writes a page once, however often it is sent': async ({ store }) => {
    await write(store, rowOf(alice));
    const next = { ...page(1, 2), streams: [], fold: () => [rowOf(alice, { seenRevision: revision(2) })] };
    assert.deepEqual(await store.applyPage(next), { kind: 'committed' });
    await write(store, rowOf(alice, { seenRevision: revision(3) }));
    assert.deepEqual(await store.applyPage(next), { kind: 'moved' });
    assert.equal((await store.find(alice))?.row.seenRevision, 3);
  },
  'moves the checkpoint over a page that changes no row': async ({ store }) => {
    await write(store, rowOf(alice));
    assert.deepEqual(await store.applyPage({ ...page(1, 4), streams: [], fold: () => [] }), { kind: 'committed' });
    assert.equal((await store.checkpoint()).position, 4);
  },
  'changes nothing when folding throws': async ({ store }) => {
    await assert.rejects(store.applyPage({ ...page(0, 1), streams: [], fold: () => assert.fail('a bug') }), /a bug/);
    assert.equal((await store.checkpoint()).position, 0);
  },
};

const claims: Tests = {
  'lends what is due, earliest first, and nothing else': async ({ store, nowMs }) => {
    await write(
      store,
      rowOf(alice, { next: deadline(nowMs - 1000) }),
      rowOf(bob, { next: deadline(nowMs - 2000) }),
      rowOf(carol, { next: deadline(nowMs + longMs) }),
      rowOf(streamName('trip-dave')),
    );
    const claimed = await claim(store);
    assert.deepEqual(streams(claimed), [bob, alice]);
    assert.equal(claimed[1]?.dueMs, nowMs - 1000);
  },
  'lends a row once, and again when the claim has run out': async ({ store, other }) => {
    await write(store, rowOf(alice, { next: atOnce }));
    assert.deepEqual(streams(await claim(store, { claimMs: 50 })), [alice]);
    await eventually(
      () => claim(other, { owner: 'two' }),
      (rows) => rows.length === 1,
    );
    assert.deepEqual(await claim(store), []);
  },
  'lends a row at once whose claim ends further ahead than any could: the clock was set back since': async (world) => {
    const { store, other } = world;
    await write(store, rowOf(alice, { next: atOnce }));
    await claim(store, { claimMs: longMs * 60 });
    assert.deepEqual(streams(await claim(other, { owner: 'two' })), [alice]);
    assert.deepEqual(await claim(store), []);
  },
  'lends each of many rows to one of two loops': async ({ store, other }) => {
    const many = Array.from({ length: 40 }, (_, index) => streamName(`trip-${index}`));
    await write(store, ...many.map((stream) => rowOf(stream, { next: atOnce })));
    const lent: string[] = [];
    for (let round = 0; round < 20 && lent.length < many.length; round += 1) {
      const both = await Promise.all([claim(store), claim(other, { owner: 'two' })]);
      lent.push(...both.flatMap(streams));
    }
    assert.deepEqual(lent.toSorted(), [...many].toSorted());
  },
  'leaves deadlines that may not be judged, and lends the rest': async ({ store, nowMs }) => {
    await write(store, rowOf(alice, { next: deadline(nowMs - 1000) }), rowOf(bob, { next: atOnce }));
    assert.deepEqual(streams(await claim(store, { deadlinesNotOf: ['flight'] })), [bob]);
    assert.deepEqual(streams(await claim(store)), [alice]);
  },
  'lends a row given back at once': async ({ store }) => {
    await write(store, rowOf(alice, { next: atOnce }));
    const claimed = await claim(store);
    await store.giveBack(claimed);
    const again = await first(claim(store));
    assert.equal(again.attempts, 0);
  },
  'lends a row that the sink has written again at once, whoever holds it': async ({ store, other }) => {
    await write(store, rowOf(alice, { next: atOnce }));
    await claim(store);
    await write(store, rowOf(alice, { next: { kind: 'end', step: null, dueMs: null }, seenRevision: revision(2) }));
    assert.equal((await first(claim(other, { owner: 'two' }))).row.next?.kind, 'end');
  },
};

const failures: Tests = {
  'keeps a failed row back for a while, counts, and remembers why': async ({ store }) => {
    await write(store, rowOf(alice, { next: atOnce }));
    await store.noteFailure(await first(claim(store)), { error: 'no room', retryInMs: longMs, stuck: false });
    assert.deepEqual(await claim(store), []);
    const entry = await store.find(alice);
    assert.deepEqual([entry?.attempts, entry?.lastError, entry?.isStuck], [1, 'no room', false]);
  },
  'lends a failed row again when its pause is over': async ({ store }) => {
    await write(store, rowOf(alice, { next: atOnce }));
    await store.noteFailure(await first(claim(store)), { error: 'no room', retryInMs: 20, stuck: true });
    assert.equal((await store.find(alice))?.isStuck, true);
    await eventually(
      () => claim(store),
      ([again]) => again?.attempts === 1,
    );
  },
  'forgets failures when the sink writes the row': async ({ store }) => {
    await write(store, rowOf(alice, { next: atOnce }));
    await store.noteFailure(await first(claim(store)), { error: 'no room', retryInMs: longMs, stuck: true });
    await write(store, rowOf(alice, { next: atOnce, seenRevision: revision(2) }));
    const entry = await store.find(alice);
    assert.deepEqual([entry?.attempts, entry?.lastError, entry?.isStuck], [0, null, false]);
  },
  'ignores the failure of a row that has moved on': async ({ store }) => {
    await write(store, rowOf(alice, { next: atOnce }));
    const claimed = await first(claim(store));
    await write(store, rowOf(alice, { next: atOnce, seenRevision: revision(2) }));
    await store.noteFailure(claimed, { error: 'late news', retryInMs: longMs, stuck: true });
    assert.equal((await store.find(alice))?.attempts, 0);
  },
  'replaces a claimed row by what its stream says': async ({ store }) => {
    await write(
      store,
      rowOf(alice, { fault: 'a gap', next: { kind: 'refold', step: null, dueMs: null }, stuckAtMs: 0 }),
    );
    const claimed = await first(claim(store));
    assert.equal(await store.replace(claimed, rowOf(alice, { seenRevision: revision(3) })), true);
    const entry = await store.find(alice);
    assert.deepEqual([entry?.row.fault, entry?.row.seenRevision, entry?.isStuck], [null, 3, false]);
  },
  'replaces nothing by a fold that is older than what the sink has seen': async ({ store }) => {
    await write(store, rowOf(alice, { next: atOnce, seenRevision: revision(5) }));
    const claimed = await first(claim(store));
    assert.equal(await store.replace(claimed, rowOf(alice, { seenRevision: revision(4) })), false);
    assert.equal((await store.find(alice))?.row.seenRevision, 5);
  },
  'replaces nothing that somebody else holds': async ({ store }) => {
    await write(store, rowOf(alice, { next: atOnce }));
    const claimed = await first(claim(store));
    assert.equal(await store.replace({ ...claimed, owner: 'two' }, rowOf(alice)), false);
  },
};

const lists: Tests = {
  'finds nothing where there is nothing': async ({ store }) => {
    assert.equal(await store.find(alice), undefined);
    assert.deepEqual(await store.list({ limit: 10 }), { sagas: [] });
    assert.deepEqual(await store.counts(), { running: 0, undoing: 0, stuck: 0, overdue: 0, unjudged: 0 });
  },
  'lists by status, age and being stuck, oldest first, page by page': async ({ store, nowMs }) => {
    const undoing = { status: 'undoing', reason: 'traveller' } as const;
    await write(
      store,
      rowOf(alice, { state: stateAt(nowMs - 3000, undoing), stuckAtMs: nowMs - 1 }),
      rowOf(bob, { state: stateAt(nowMs - 5000, undoing), stuckAtMs: nowMs + longMs }),
      rowOf(carol, { state: stateAt(nowMs - 5000), next: deadline(nowMs - 4000) }),
    );
    const listed = async (query: object) =>
      (await store.list({ limit: 10, ...query })).sagas.map(({ row }) => row.stream);
    assert.deepEqual(await listed({}), [bob, carol, alice]);
    assert.deepEqual(await listed({ status: 'undoing' }), [bob, alice]);
    assert.deepEqual(await listed({ stuck: true }), [alice]);
    assert.deepEqual(await listed({ stuck: false }), [bob, carol]);
    assert.deepEqual(await listed({ olderThanMs: 4000 }), [bob, carol]);
    const one = await store.list({ limit: 1 });
    const two = await store.list({ limit: 1, cursor: one.next ?? assert.fail('there is more') });
    const three = await store.list({ limit: 1, cursor: two.next ?? assert.fail('there is more') });
    assert.deepEqual(
      [one, two, three].map(({ sagas }) => sagas[0]?.row.stream),
      [bob, carol, alice],
    );
    assert.equal(three.next, undefined);
    assert.deepEqual(await store.counts(), { running: 1, undoing: 2, stuck: 1, overdue: 1, unjudged: 0 });
    await write(store, rowOf(carol, { state: stateAt(nowMs - 70_000), next: deadline(nowMs - 61_000) }));
    assert.deepEqual(await store.counts(), { running: 1, undoing: 2, stuck: 1, overdue: 1, unjudged: 1 });
  },
  'refuses a cursor that no page ended with, rather than begin at the beginning': async ({ store, nowMs }) => {
    await write(store, rowOf(alice, { state: stateAt(nowMs) }));
    for (const text of ['', '1', '1 \0', `x ${alice}`, `-999999999999999 ${alice}`, `before:${nowMs}`]) {
      const cursor = Buffer.from(text).toString('base64url');
      await assert.rejects(store.list({ limit: 10, cursor }), { code: 'cursor_unknown' }, text);
    }
  },
  'forgets what ended long ago, and nothing else': async ({ store, nowMs }) => {
    await write(
      store,
      rowOf(alice, { state: stateAt(nowMs - 5000, { status: 'done' }) }),
      rowOf(bob, { state: stateAt(nowMs - 500, { status: 'undone', reason: 'storm' }) }),
      rowOf(carol, { state: stateAt(nowMs - 5000) }),
    );
    assert.equal(await store.forgetEnded(2000, 10), 1);
    assert.deepEqual(
      (await store.list({ limit: 10 })).sagas.map(({ row }) => row.stream),
      [carol, bob],
    );
  },
};

/** Runs the whole contract. Call it at the top of a test file. */
export function sagaStoreContract(adapter: SagaStoreUnderTest): void {
  describe(`the saga store's contract: ${adapter.name}`, () => {
    for (const tests of [pages, claims, failures, lists])
      for (const [statement, run] of Object.entries(tests))
        test(statement, async () => {
          const [store, other] = await adapter.open();
          await run({ store, other, nowMs: await adapter.nowMs() });
        });
  });
}
