import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { layOutServices } from './dependency-layout.ts';

const call = (parent: string, child: string) => ({ parent, child, callCount: 1, errorCount: 0 });
const size = { width: 600, height: 300, box: { width: 100, height: 30 } };

describe('the graph of services', () => {
  test('begins with who is called by nobody, and goes on in the order of the calls', () => {
    const { services } = layOutServices([call('b', 'c'), call('z', 'b'), call('c', 'a')], size);
    assert.deepEqual(
      services.map(({ name }) => name),
      ['z', 'b', 'c', 'a'],
    );
  });

  test('gives each service a place of its own within the drawing, also in a ring of calls', () => {
    const { services, calls } = layOutServices([call('a', 'b'), call('b', 'c'), call('c', 'a'), call('c', 'c')], size);
    assert.equal(services.length, 3);
    assert.equal(new Set(services.map(({ x, y }) => `${x} ${y}`)).size, 3);
    for (const { x, y } of services) assert.ok(x >= 50 && x <= 550 && y >= 15 && y <= 285);
    assert.equal(calls.length, 3, 'who calls itself gets no line');
  });

  test('lets no two boxes meet in a narrow window, with up to ten services', () => {
    const narrow = { width: 340, height: 380, box: { width: 118, height: 30 } };
    for (let many = 2; many <= 10; many += 1) {
      const chain = Array.from({ length: many - 1 }, (_, index) => call(`s${index}`, `s${index + 1}`));
      const { services } = layOutServices(chain, narrow);
      assert.equal(services.length, many);
      for (const [index, one] of services.entries())
        for (const other of services.slice(index + 1))
          assert.ok(
            Math.abs(one.x - other.x) >= 118 || Math.abs(one.y - other.y) >= 30,
            `${one.name} and ${other.name} of ${many}`,
          );
    }
  });

  test('draws the way back as a line of its own', () => {
    const { calls } = layOutServices([call('a', 'b'), call('b', 'a')], size);
    assert.notEqual(calls[0]?.label.y, calls[1]?.label.y);
  });

  test('is nothing for no calls', () => {
    assert.deepEqual(layOutServices([], size), { services: [], calls: [] });
  });
});
