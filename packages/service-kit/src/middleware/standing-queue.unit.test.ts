/** A queue before a server of a known pace, in virtual time: who is let in, and how long each waits. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { StandingQueue } from './standing-queue.ts';

const options = { waitMs: 500, burst: 2_500, always: 256 };

/** What came of the calls that arrived between two moments. */
interface Seen {
  arrived: number;
  refused: number;
  waitsMs: number[];
}

/** A server that answers so many a second, in order, `together` at a time, as commits do. */
class World {
  readonly queue = new StandingQueue(options);
  nowMs = 0;
  perSecond: number;
  worked = true;
  readonly #together: number;
  readonly #waiting: { readonly enteredMs: number; readonly seen: Seen }[] = [];
  #owed = 0;

  constructor(perSecond: number, together = 20) {
    this.perSecond = perSecond;
    this.#together = together;
  }

  /** Lets time pass while so many arrive a second. */
  pass(seconds: number, arrivalsPerSecond: number): Seen {
    const seen: Seen = { arrived: 0, refused: 0, waitsMs: [] };
    let due = 0;
    for (const untilMs = this.nowMs + seconds * 1_000; this.nowMs < untilMs; this.nowMs += 1) {
      for (due += arrivalsPerSecond / 1_000; due >= 1; due -= 1) this.#arrive(seen);
      this.#answer();
    }
    return seen;
  }

  #arrive(seen: Seen): void {
    seen.arrived += 1;
    if (this.queue.stands(this.nowMs)) {
      seen.refused += 1;
      return;
    }
    this.queue.enter(this.nowMs);
    this.#waiting.push({ enteredMs: this.nowMs, seen });
  }

  #answer(): void {
    this.#owed = Math.min(this.#owed + this.perSecond / 1_000, this.#together);
    if (this.#owed < this.#together && this.#owed < this.#waiting.length) return;
    for (; this.#owed >= 1 && this.#waiting.length > 0; this.#owed -= 1) {
      const [call] = this.#waiting.splice(0, 1);
      if (call === undefined) return;
      call.seen.waitsMs.push(this.nowMs - call.enteredMs);
      this.queue.leave({ enteredMs: call.enteredMs, nowMs: this.nowMs, worked: this.worked });
    }
  }
}

const longest = ({ waitsMs }: Seen): number => Math.max(...waitsMs);

describe('a burst', () => {
  test('given an idle system, when 2,000 arrive at once, then all are let in, though the last waits for seconds', () => {
    const world = new World(400);
    const burst = world.pass(0.001, 2_000_000);
    world.pass(10, 0);
    assert.deepEqual([burst.arrived, burst.refused, burst.waitsMs.length], [2_000, 0, 2_000]);
    assert(longest(burst) > 4_000);
  });

  test('given a busy machine, when it sees 2,000 over four seconds, then all are let in', () => {
    const burst = new World(300).pass(4, 500);
    assert.deepEqual([burst.arrived, burst.refused], [2_000, 0]);
  });

  test('given a burst that is over, when there was a quiet moment, then the next one is let in as well', () => {
    const world = new World(400);
    world.pass(0.001, 2_000_000);
    world.pass(7, 0);
    assert.equal(world.pass(0.001, 2_000_000).refused, 0);
  });

  test('given a load that the system keeps up with, when a burst comes on top, then it is let in', () => {
    const world = new World(400);
    world.pass(20, 200);
    assert.equal(world.pass(0.001, 2_000_000).refused, 0);
  });
});

describe('a queue that stands', () => {
  for (const perSecond of [400, 700, 2_000])
    test(`given ten times of what can be done, ${perSecond} a second, then that much is done, and nobody waits for long`, () => {
      const world = new World(perSecond);
      world.pass(10, perSecond * 10);
      const standing = world.pass(20, perSecond * 10);
      const done = standing.arrived - standing.refused;
      assert(done > perSecond * 20 * 0.95, `${done} were let in`);
      const boundMs = Math.max(options.waitMs, (options.always / perSecond) * 1_000) * 1.3;
      assert(longest(standing) < boundMs, `one waited ${longest(standing)} ms`);
    });

  test('given an overload, when one commit answers all that wait, then no burst is let in', () => {
    const world = new World(500, 260);
    world.pass(10, 5_000);
    const standing = world.pass(20, 5_000);
    assert(longest(standing) < 1_500, `one waited ${longest(standing)} ms`);
  });

  test('given an overload, when the pace drops, then fewer are let in; when it rises, more', () => {
    const world = new World(2_000);
    world.pass(10, 20_000);
    world.perSecond = 800;
    world.pass(3, 20_000);
    assert(longest(world.pass(10, 20_000)) < 700);
    world.perSecond = 3_000;
    world.pass(3, 20_000);
    const faster = world.pass(10, 20_000);
    assert(faster.arrived - faster.refused > 28_000, `${faster.arrived - faster.refused} were let in`);
  });

  test('given nothing is answered any more, then no more are let in than wait already', () => {
    const world = new World(400);
    world.pass(10, 4_000);
    world.perSecond = 0;
    world.pass(1, 4_000);
    const stalled = world.pass(10, 4_000);
    assert.equal(stalled.refused, stalled.arrived);
    world.perSecond = 400;
    assert(world.pass(5, 4_000).waitsMs.length > 1_500);
  });

  test('given an overload that ends, when no answer was slow for a second, then a burst is let in again', () => {
    const world = new World(400);
    world.pass(10, 4_000);
    world.pass(4, 100);
    assert.equal(world.pass(0.001, 2_000_000).refused, 0);
  });

  test('given a flood of calls that are refused for their content, then they let no more of them in', () => {
    const world = new World(10_000);
    world.worked = false;
    world.pass(5, 20_000);
    assert.equal(world.queue.limit(world.nowMs), options.always);
  });
});

test('given 256 callers with one call each, then none is refused, however slow the system', () => {
  const queue = new StandingQueue(options);
  for (let round = 0; round < 100; round += 1) {
    const enteredMs = round * 2_000;
    for (let call = 0; call < 256; call += 1) {
      assert.equal(queue.stands(enteredMs), false);
      queue.enter(enteredMs);
    }
    for (let call = 0; call < 256; call += 1) queue.leave({ enteredMs, nowMs: enteredMs + 1_900, worked: true });
  }
});
