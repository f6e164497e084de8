import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeRow, median, type Round, type Row } from './judge-rows.ts';

const row: Row = {
  name: 'ours',
  what: 'ours',
  value: { contender: 'ours', figure: 'perSecond' },
  unit: 'appends/s',
  against: { contender: 'theirs', figure: 'perSecond', what: 'theirs' },
  target: 2,
  stretch: 3,
  better: 'more',
};
const rounds = (...values: number[]): Round[] =>
  values.map((value) => ({ kind: 'figures', figures: { perSecond: value } }));
const judge = (ours: readonly Round[], theirs: readonly Round[], change: Partial<Row> = {}) =>
  judgeRow({ ...row, ...change }, (contender) => (contender === 'ours' ? ours : theirs));

test('the ratio is the median of the rounds’ ratios, so that a slow minute counts for both', () => {
  const { ratio, min, max, met, stretchMet } = judge(rounds(20, 10, 30), rounds(10, 5, 10));
  assert.deepEqual({ ratio, min, max, met, stretchMet }, { ratio: 2, min: 2, max: 3, met: true, stretchMet: false });
});

test('a row of less is met from below, and without anything against it by its value', () => {
  const { against: _, ...alone } = row;
  const judged = judgeRow({ ...alone, better: 'less', target: 12, stretch: 8 }, () => rounds(9, 30, 7));
  assert.deepEqual([judged.value, judged.ratio, judged.met, judged.stretchMet], [9, undefined, true, false]);
});

test('one void round makes the row void, and says why', () => {
  const judged = judge([...rounds(20), { kind: 'void', reason: 'positions have a hole' }], rounds(10, 10));
  assert.equal(judged.met, false);
  assert.equal(judged.voidBecause, 'ours: positions have a hole');
  assert.match(judge(rounds(20), []).voidBecause ?? '', /was not run/);
});

test('figures of own rounds count one by one', () => {
  const own: Round[] = [{ kind: 'figures', figures: { perSecond: [10, 20, 40] } }];
  assert.equal(judge(own, own).ratio, 1);
});

test('the median of two is between them', () => {
  assert.equal(median([4, 2]), 3);
  assert.equal(median([5, 1, 3]), 3);
});
