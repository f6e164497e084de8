import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Incarnation, incarnation, type LogHead, logName, nowhere, position } from '@eventstream/contracts';
import { createLogger } from '@eventstream/platform';
import { LogLife } from './log-life.ts';

const log = logName('TEST');
const ours = incarnation('0198c0de-0000-7000-8000-000000000001');
const theirs = incarnation('0198c0de-0000-7000-8000-000000000002');
const headAt = (at: number, life: Incarnation = ours): LogHead => ({ log, position: position(at), incarnation: life });

/** A reader of the log, and what was done to it and said about it. */
class Reader {
  readonly told: string[] = [];
  halts = 0;
  readonly life = new LogLife({
    kind: 'follower',
    name: 'reader',
    log,
    logger: createLogger({
      service: 'test',
      level: 'info',
      destination: { write: (line) => this.told.push(String(JSON.parse(line).msg)) },
    }),
    halted: () => {
      this.halts += 1;
    },
  });

  get answer(): string {
    const ready = this.life.ready(undefined);
    return ready.ok ? 'ready' : ready.reason;
  }
}

/** A reader that has begun. */
function begun(): Reader {
  const reader = new Reader();
  reader.life.begin(ours);
  return reader;
}

describe('given a reader that has not begun', () => {
  test('when something is delivered, it is not taken in, and that is no halt', () => {
    const reader = new Reader();
    assert.equal(reader.life.admits(ours), false);
    assert.equal(reader.halts, 0);
    assert.equal(reader.answer, 'reader has not begun yet');
  });

  test('when it remembers nothing yet, it may begin in any life', () => {
    const { life } = new Reader();
    assert.equal(life.mayBegin(headAt(3, theirs), { position: nowhere, incarnation: undefined }), true);
    assert.equal(life.current, undefined, 'and has not until it says so');
  });

  test('when it remembers another life, it halts until somebody has led it out', () => {
    const reader = new Reader();
    assert.equal(reader.life.mayBegin(headAt(3, theirs), { position: position(2), incarnation: ours }), false);
    assert.match(reader.answer, /^reader has halted: log TEST is in another life/);
    assert.equal(reader.life.halt?.untilRestart, false);
  });

  test('when it remembers more than there is, it halts until it is started again', () => {
    const reader = new Reader();
    assert.equal(reader.life.mayBegin(headAt(3), { position: position(4), incarnation: ours }), false);
    assert.equal(reader.life.halt?.untilRestart, true);
  });
});

describe('given a reader that has begun', () => {
  test('when something of its life is delivered, it is taken in', () => {
    const reader = begun();
    assert.equal(reader.life.admits(ours), true);
    assert.equal(reader.answer, 'ready');
  });

  test('when something of another life is delivered, it halts, and takes in nothing more of its own either', () => {
    const reader = begun();
    assert.equal(reader.life.admits(theirs), false);
    assert.equal(reader.life.admits(ours), false);
    assert.equal(reader.halts, 1);
    assert.match(reader.answer, /^reader has halted: the broker delivers log TEST out of another life/);
  });

  test('when the head is where it was reached or beyond, it goes on; when it lies before, it halts', () => {
    const reader = begun();
    assert.equal(reader.life.isSound(headAt(5), position(5)), true);
    assert.equal(reader.life.isSound(headAt(4), position(5)), false);
    assert.equal(reader.life.current, undefined);
    assert.equal(reader.halts, 1);
  });

  test('when what it depends on does not answer, it says what it waits for', () => {
    assert.deepEqual(begun().life.ready({ reason: 'no database', nextStep: undefined }), {
      ok: false,
      reason: 'reader waits: no database',
      nextStep: 'it goes on by itself',
    });
  });

  test('when somebody has to mend what it depends on, it says so, and not that it goes on by itself', () => {
    assert.deepEqual(begun().life.ready({ reason: 'no table', nextStep: 'make one' }), {
      ok: false,
      reason: 'reader waits: no table',
      nextStep: 'make one',
    });
  });

  for (const [what, kept] of [
    ['is older than what it wrote', position(4)],
    ['has nothing any more', undefined],
  ] as const)
    test(`when its database ${what}, it has to begin again, and is not halted`, () => {
      const reader = begun();
      assert.equal(reader.life.hasKept(position(5), position(5)), true);
      assert.equal(reader.life.hasKept(position(5), kept), false);
      assert.equal(reader.answer, 'reader has not begun yet');
      assert.match(reader.told.join(), /^the database was reset or restored from an older copy/);
    });
});

describe('given a halted reader', () => {
  test('when it is found halted for the same reason again, it is stopped again and nobody is told twice', () => {
    const reader = begun();
    for (let look = 0; look < 3; look += 1)
      reader.life.mayBegin(headAt(3, theirs), { position: position(2), incarnation: ours });
    assert.equal(reader.halts, 3);
    assert.deepEqual(reader.told, ['the follower has halted']);
  });

  test('when it has gone on in between, the same reason is news', () => {
    const reader = begun();
    reader.life.admits(theirs);
    reader.life.begin(ours);
    assert.equal(reader.answer, 'ready');
    reader.life.admits(theirs);
    assert.equal(reader.told.length, 2);
  });
});
