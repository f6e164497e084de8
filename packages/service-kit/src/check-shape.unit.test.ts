import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Type } from 'typebox';
import { shapeOf } from './check-shape.ts';
import { isProblem } from './problem.ts';

const check = shapeOf(
  Type.Object(
    { name: Type.String({ maxLength: 3 }), lines: Type.Optional(Type.Array(Type.Object({ count: Type.Integer() }))) },
    { additionalProperties: false },
  ),
);

describe('a shape', () => {
  test('lets through what fits, as it is', () => {
    const value = { name: 'abc', lines: [{ count: 1 }] };
    assert.equal(check(value), value);
  });

  test('says in words what fits, where its schema does', () => {
    const id = Type.String({ pattern: '^[0-9]{3}$', allowed: 'three digits, such as 123' });
    const problem = shapeOf(Type.Object({ ids: Type.Array(id) }))({ ids: ['123', 'x'] });
    assert.ok(isProblem(problem));
    assert.equal(problem.detail, 'body field /ids/1 must be three digits, such as 123');
  });

  for (const [value, says] of [
    [{}, 'body field /name is missing'],
    [{ name: 'a', colour: 1 }, 'body field /colour is not known'],
    [{ name: 'a', lines: [{ count: 1.5 }] }, 'body field /lines/0/count must be a whole number'],
    [null, 'the body must be an object'],
  ] as const)
    test(`says in words what is wrong: ${says}`, () => {
      const problem = check(value);
      assert.ok(isProblem(problem));
      assert.equal(problem.detail, says);
    });

  test('names the values that are allowed', () => {
    const problem = shapeOf(Type.Object({ size: Type.Enum(['small', 'large']) }))({ size: 'huge' });
    assert.ok(isProblem(problem));
    assert.equal(problem.detail, 'body field /size must be one of small, large');
  });

  const wrong: readonly (readonly [name: string, value: unknown, pointer: string])[] = [
    ['nothing', null, ''],
    ['a missing field', {}, '/name'],
    ['an unknown field', { name: 'a', 'x/y': 1 }, '/x~1y'],
    ['a value too long', { name: 'abcd' }, '/name'],
    ['a fault deep inside', { name: 'a', lines: [{ count: 1 }, { count: 1.5 }] }, '/lines/1/count'],
    ['a field missing deep inside', { name: 'a', lines: [{}] }, '/lines/0/count'],
  ];
  for (const [name, value, pointer] of wrong)
    test(`names the field of ${name}`, () => {
      const problem = check(value);
      assert.ok(isProblem(problem));
      assert.deepEqual(
        problem.faults.map((fault) => [fault.in, fault.pointer]),
        [['body', pointer]],
      );
    });
});
