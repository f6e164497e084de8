import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { v1, v4, v7, validate, version } from 'uuid';
import { derivedId, idOf, newId } from './ids.ts';

const timeOrdered = fc.integer({ min: 0, max: 2 ** 47 }).map((msecs) => v7({ msecs }));
const step = fc.string({ maxLength: 20 });

describe('derivedId', () => {
  test('is always the same for the same cause and step', () => {
    fc.assert(fc.property(timeOrdered, step, (id, name) => derivedId(id, name) === derivedId(id.toUpperCase(), name)));
  });

  test('is a valid uuid of version 8 that keeps the 48 time bits of a time-ordered cause', () => {
    fc.assert(
      fc.property(timeOrdered, step, step, (id, first, second) => {
        const once = derivedId(id, first);
        const twice = derivedId(once, second); // of a version 8 cause as well
        for (const derived of [once, twice]) {
          assert.ok(validate(derived));
          assert.equal(version(derived), 8);
          assert.equal(derived.slice(0, 13), id.slice(0, 13));
        }
      }),
    );
  });

  test('differs for another step and for another cause', () => {
    fc.assert(
      fc.property(timeOrdered, timeOrdered, step, step, (a, b, first, second) => {
        if (first !== second) assert.notEqual(derivedId(a, first), derivedId(a, second));
        if (a !== b) assert.notEqual(derivedId(a, first), derivedId(b, first));
      }),
    );
  });

  test('of a cause without a leading time is a hash alone, still valid and repeatable', () => {
    for (const cause of [v1(), v4()]) {
      const derived = derivedId(cause, 'debit');
      assert.equal(version(derived), 8);
      assert.equal(derived, derivedId(cause, 'debit'));
      assert.notEqual(derived.slice(0, 13), cause.slice(0, 13));
    }
  });

  test('stays what it is: changing it would make every repeated step happen twice', () => {
    assert.equal(derivedId('0192f0c1-2345-7abc-8def-0123456789ab', 'debit'), '0192f0c1-2345-8f0b-b7e9-87196011053b');
    assert.equal(idOf('customer', 'POST /api/orders', 'key'), '7bf91ca6-85b3-8ebd-afcc-c6282d96bf30');
  });

  test('refuses what is no uuid', () => {
    assert.throws(() => derivedId('order-1', 'debit'), { code: 'id_invalid' });
  });
});

describe('idOf', () => {
  test('is a valid uuid of version 8, the same for the same parts', () => {
    fc.assert(
      fc.property(fc.array(step), (parts) => {
        assert.equal(version(idOf(...parts)), 8);
        assert.equal(idOf(...parts), idOf(...parts));
      }),
    );
  });

  test('knows where one part ends and the next begins', () => {
    assert.notEqual(idOf('ab', 'c'), idOf('a', 'bc'));
    assert.notEqual(idOf('ab'), idOf('a', 'b'));
    assert.notEqual(idOf('a'), idOf('a', ''));
  });
});

test('new ids are uuids of version 7 that sort in the order they were made', () => {
  const ids = Array.from({ length: 1_000 }, newId);
  assert.ok(ids.every((id) => validate(id) && version(id) === 7));
  assert.deepEqual(ids.toSorted(), ids);
});
