import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { timeScale } from './time-scale.ts';

const startMs = 1_700_000_000_000;

describe('the time scale', () => {
  test('keeps distances where no wait is longer than all the rest', () => {
    const scale = timeScale([0, 100, 200, 400].map((ms) => startMs + ms));
    assert.deepEqual(
      [0, 100, 200, 400].map((ms) => Number(scale.at(startMs + ms).toFixed(3))),
      [0, 0.25, 0.5, 1],
    );
    assert.deepEqual(scale.breaks, []);
  });

  test('draws a wait of hours as a break, and leaves the line to what happens', () => {
    const hourMs = 3_600_000;
    const scale = timeScale([0, 100, 200, hourMs, hourMs + 100].map((ms) => startMs + ms));
    assert.equal(scale.breaks.length, 1);
    assert.equal(scale.breaks[0]?.ms, hourMs - 200);
    assert.ok(scale.at(startMs + 100) > 0.25, 'the first 100 ms have room');
    assert.ok(scale.at(startMs + hourMs) - scale.at(startMs + 200) < 0.1, 'the hour has little');
    assert.equal(scale.at(startMs + hourMs + 100), 1);
  });

  test('keeps the order of instants whatever they are', () => {
    const instants = [0, 1, 5_000, 5_001, 90_000, 90_400, 10_000_000].map((ms) => startMs + ms);
    const places = instants.map((ms) => timeScale(instants).at(ms));
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    );
    assert.equal(new Set(places).size, places.length, 'and no two on one place');
  });

  test('has one place for a single instant, and none to invent for nothing', () => {
    assert.equal(timeScale([startMs]).at(startMs), 0);
    assert.equal(timeScale([]).at(startMs), 0);
    assert.deepEqual(timeScale([startMs]).ticks, []);
  });

  test('marks round times that stand within the line', () => {
    const { ticks } = timeScale([startMs, startMs + 730]);
    assert.deepEqual(ticks[0], { at: 0, says: '0', isForAll: true });
    assert.ok(ticks.length >= 3 && ticks.every(({ at }) => at >= 0 && at <= 1));
    assert.ok(
      ticks.slice(1).every(({ says }) => /^\+[125]0*0 ms$|^\+[\d]+00 ms$/.test(says)),
      JSON.stringify(ticks),
    );
  });

  test('marks whole minutes and hours on a long line', () => {
    const words = (spanMs: number) => timeScale([startMs, startMs + spanMs]).ticks.map(({ says }) => says);
    assert.deepEqual(words(340_000), ['0', '+1 m 00 s', '+2 m 00 s', '+3 m 00 s', '+4 m 00 s', '+5 m 00 s']);
    assert.deepEqual(words(8 * 3_600_000), ['0', '+2 h 00 m', '+4 h 00 m', '+6 h 00 m', '+8 h 00 m']);
  });

  test('marks nothing where words would meet, in a narrow window as in a wide one', () => {
    // Two stretches beside a break, each with its own marks, the last of one near the first of the other.
    const { ticks } = timeScale([0, 400, 60_000, 60_310].map((ms) => startMs + ms));
    assert.deepEqual(meeting(ticks, 0.11), []);
    const narrow = timeScale([0, 150, 160, 330].map((ms) => startMs + ms)).ticks.filter(({ isForAll }) => isForAll);
    assert.deepEqual(meeting(narrow, 0.34), []);
    assert.ok(narrow.length >= 2, 'and yet the line is marked');
  });
});

/** Marks that stand nearer to the one before than words of this width allow. */
function meeting(ticks: ReturnType<typeof timeScale>['ticks'], width: number): string[] {
  return ticks.slice(1).flatMap(({ at, says }, index) => {
    const before = ticks[index]?.at ?? 0;
    return at - before < (before === 0 ? width / 2 : width) ? [says] : [];
  });
}
