import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { layOutServices } from './dependency-layout.ts';

const call = (parent: string, child: string) => ({ parent, child, callCount: 1, errorCount: 0 });

describe('the graph of services', () => {
  test('puts callers left of whom they call, by the longest way', () => {
    const { services, columns } = layOutServices([call('a', 'b'), call('b', 'c'), call('a', 'c')]);
    assert.deepEqual(Object.fromEntries(services.map(({ name, column }) => [name, column])), { a: 0, b: 1, c: 2 });
    assert.equal(columns, 3);
  });

  test('ends with services that call each other, and those that call themselves', () => {
    const { services } = layOutServices([call('a', 'b'), call('b', 'a'), call('c', 'c')]);
    assert.equal(services.length, 3);
    assert.equal(new Set(services.map(({ column, row }) => `${column} ${row}`)).size, 3, 'and no two on one place');
  });

  test('is one empty row for no calls', () => {
    assert.deepEqual(layOutServices([]), { services: [], columns: 1, rows: 1 });
  });
});
