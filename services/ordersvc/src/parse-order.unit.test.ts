import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatDecimal, minorMax } from '@eventstream/contracts';
import { isProblem } from '@eventstream/service-kit';
import { currencyOf } from '@eventstream/service-kit/settings';
import * as fc from 'fast-check';
import { parseOrder } from './parse-order.ts';
import type { PlaceOrderBody } from './requests.ts';

const usd = currencyOf('USD');
const currencies = fc.constantFrom('USD', 'EUR', 'JPY', 'KWD', 'CLF').map(currencyOf);
const order = (items: PlaceOrderBody['order_items'], currency?: string): PlaceOrderBody => ({
  customer_id: 'c',
  restaurant_id: 'r',
  order_items: items,
  ...(currency === undefined ? {} : { currency }),
});
const line = (unitPrice: string, quantity: number) => ({ code: 'a', name: 'A', unit_price: unitPrice, quantity });

const hash = (body: PlaceOrderBody): string => {
  const parsed = parseOrder(body, usd);
  assert.ok(!isProblem(parsed));
  return parsed.requestHash;
};

describe('the price of an order', () => {
  test('is the exact sum of price × quantity, for any prices of any currency', () => {
    const lines = fc.array(fc.tuple(fc.bigInt(0n, 10_000_000_000n), fc.integer({ min: 1, max: 1000 })), {
      minLength: 1,
      maxLength: 10,
    });
    fc.assert(
      fc.property(currencies, lines, (currency, wanted) => {
        const items = wanted.map(([minor, quantity]) => line(formatDecimal({ minor, currency }), quantity));
        const sum = wanted.reduce((total, [minor, quantity]) => total + minor * BigInt(quantity), 0n);
        const parsed = parseOrder(order(items, currency), usd);
        if (sum === 0n || sum > minorMax) assert.ok(isProblem(parsed));
        else {
          assert.ok(!isProblem(parsed));
          assert.deepEqual(parsed.amount, { minor: sum, currency });
        }
      }),
    );
  });

  test('never passes through a float: digits beyond a double’s are kept or refused, not rounded', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, minorMax), fc.bigInt(1n, 10n ** 12n), (minor, tail) => {
        const exact = formatDecimal({ minor, currency: usd });
        const kept = parseOrder(order([line(`${exact}${'0'.repeat(12)}`, 1)]), usd);
        assert.ok(!isProblem(kept) && kept.amount.minor === minor);
        const finer = parseOrder(order([line(`${exact}${tail}`, 1)]), usd);
        assert.ok(isProblem(finer) && finer.type.slug === 'invalid-order');
      }),
    );
  });
});

describe('the hash of a request', () => {
  test('is the same for two spellings of one request', () => {
    assert.equal(hash(order([line('1.50', 2)])), hash(order([line('1.5', 2)], 'USD')));
  });

  test('differs with every field that means something', () => {
    const base = order([line('1.50', 2)]);
    const others = [
      { ...base, customer_id: 'd' },
      { ...base, restaurant_id: 's' },
      { ...base, currency: 'EUR' },
      order([line('1.51', 2)]),
      order([line('1.50', 3)]),
      order([{ ...line('1.50', 2), name: 'B' }]),
      order([{ ...line('1.50', 2), code: 'b' }]),
      order([line('1.50', 1), line('1.50', 1)]),
    ];
    assert.equal(new Set([base, ...others].map(hash)).size, others.length + 1);
  });
});
