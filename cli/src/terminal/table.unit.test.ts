import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { plainTable } from './table.ts';

const head = ['order', 'status', 'customer', 'created'];
const rows = [
  ['0198c0de', 'Approved', 'customer-1', '12:00'],
  ['0198c0df', 'Cancelled', 'c', '12:01'],
];

describe('a table', () => {
  test('has its columns in line', () =>
    assert.equal(
      plainTable(head, rows),
      [
        'order     status     customer    created',
        '0198c0de  Approved   customer-1  12:00',
        '0198c0df  Cancelled  c           12:01',
      ].join('\n'),
    ));

  test('that just fits is not broken', () => assert.equal(plainTable(head, rows, 40), plainTable(head, rows)));

  test('that is wider than the terminal has several lines for each row, and loses nothing', () =>
    assert.equal(
      plainTable(head, rows, 24),
      [
        'order     status',
        '  customer    created',
        '0198c0de  Approved',
        '  customer-1  12:00',
        '0198c0df  Cancelled',
        '  c           12:01',
      ].join('\n'),
    ));

  test('has no further line for a row that has nothing to say there', () =>
    assert.equal(
      plainTable(
        ['id', 'next'],
        [
          ['first', 'void'],
          ['second', '-'],
        ],
        6,
      ),
      'id\n  next\nfirst\n  void\nsecond',
    ));

  test('gives a line of its own to what fits into none', () =>
    assert.equal(plainTable(['id', 'reason'], [['1', 'a long reason']], 8), 'id\n  reason\n1\n  a long reason'));

  test('leaves spare columns out before it breaks its rows', () => {
    assert.equal(plainTable(['id', 'now', 'done'], [['1', 'review', 'payment']], 12, ['done']), 'id  now\n1   review');
    assert.equal(plainTable(['id', 'done'], [['1', 'payment']], 12, ['done']), 'id  done\n1   payment');
  });

  test('has no rows: its head', () => assert.equal(plainTable(['id'], []), 'id'));

  test('keeps each of its rows together, whatever a cell holds', () =>
    assert.equal(plainTable(['id', 'reason'], [['1', 'a\n  b']]), 'id  reason\n1   a b'));
});
