import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { parseExactJson, UnreadableBody } from './exact-json.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const exact = new Set(['price']);

describe('a body', () => {
  test('keeps the text of numbers in exact fields, at any depth, and no others', () => {
    for (const text of ['1e2', '19.999999999999999999', '-0', '9007199254740993.01', '0.10', '1E+400'])
      assert.deepEqual(parseExactJson(bytes(`{"price":${text},"items":[{"price":${text},"count":2.0}]}`), exact), {
        price: text,
        items: [{ price: text, count: 2 }],
      });
  });

  test('is otherwise what JSON.parse makes of it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        if (text.includes('price') || text.includes('__proto__') || text.includes('constructor')) return;
        assert.deepEqual(parseExactJson(bytes(text), exact), JSON.parse(text));
      }),
    );
  });

  test('that is not UTF-8, not JSON, too deep or reaches into prototypes is unreadable', () => {
    for (const bad of [
      new Uint8Array([0x22, 0xff, 0x22]),
      bytes(''),
      bytes('{"a":1,}'),
      bytes('['.repeat(100_000)),
      bytes(`${'['.repeat(30_000)}${']'.repeat(30_000)}`),
      bytes('{"a":{"__proto__":1}}'),
      bytes('{"constructor":{"prototype":{}}}'),
    ])
      assert.throws(() => parseExactJson(bad, exact), UnreadableBody);
  });

  test('may have a field that is called constructor', () => {
    assert.deepEqual(parseExactJson(bytes('{"constructor":"Ford"}'), exact), { constructor: 'Ford' });
  });
});
