import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  type Currency,
  digitsOf,
  formatDecimal,
  fromMajorNumber,
  isCurrency,
  minorMax,
  parseDecimal,
  toMajorNumber,
  zero,
} from './money.ts';

function currencyOf(code: string): Currency {
  assert(isCurrency(code), `${code} is a currency`);
  return code;
}
const [usd, jpy, kwd, clf] = [currencyOf('USD'), currencyOf('JPY'), currencyOf('KWD'), currencyOf('CLF')];
const anyCurrency = fc.constantFrom(usd, jpy, kwd, clf);
const anyMinor = fc.bigInt({ min: -minorMax, max: minorMax });

describe('a currency', () => {
  test('has the digits that ISO 4217 gives it', () => {
    const digits = (codes: string) => codes.split(' ').map((code) => digitsOf(currencyOf(code)));
    const nothingBut = (count: number) => (codes: string) =>
      assert.deepEqual(new Set(digits(codes)), new Set([count]), codes);
    nothingBut(0)('BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF');
    nothingBut(2)('USD EUR GBP CHF INR HUF IDR COP CNY ZWG XCG SLE VED');
    nothingBut(3)('BHD IQD JOD KWD LYD OMR TND');
    nothingBut(4)('CLF UYW');
  });
  test('is money, and not a metal, a test code or a word in small letters', () => {
    for (const code of ['XAU', 'XXX', 'XTS', 'usd', 'US', 'USDX', '', 'toString', undefined, 840])
      assert.equal(isCurrency(code), false, String(code));
  });
});

describe('a decimal text', () => {
  test('is read to the minor unit, whatever a float would make of it', () => {
    assert.equal(parseDecimal('200', usd), 20_000n);
    assert.equal(parseDecimal('19.90', usd), 1_990n);
    assert.equal(parseDecimal('1.005', kwd), 1_005n);
    assert.equal(parseDecimal('400', jpy), 400n);
    assert.equal(parseDecimal('0.0001', clf), 1n);
    assert.equal(parseDecimal('-0.01', usd), -1n);
    assert.equal(parseDecimal('9999999999999.99', usd), minorMax);
  });
  test('may end in zeros, but not in a fraction of a minor unit', () => {
    assert.equal(parseDecimal('19.9000', usd), 1_990n);
    assert.equal(parseDecimal('400.00', jpy), 400n);
    assert.equal(parseDecimal('0.005', usd), 'too-many-decimals');
    assert.equal(parseDecimal('0.50', jpy), 'too-many-decimals');
  });
  test('stops at fifteen digits of minor units', () => {
    assert.equal(parseDecimal('10000000000000.00', usd), 'too-large');
    assert.equal(parseDecimal('1000000000000000', jpy), 'too-large');
    assert.equal(parseDecimal('-10000000000000.00', usd), 'too-large');
  });
  test('is nothing else', () => {
    for (const text of ['', ' 1', '1 ', '+1', '.5', '5.', '1e2', '1,5', '0x10', '١', '--1', 'NaN', '1'.repeat(21)])
      assert.equal(parseDecimal(text, usd), 'not-a-decimal', JSON.stringify(text));
  });
});

describe('an amount comes back unchanged', () => {
  test('from its text, which has exactly the digits of its currency', () =>
    fc.assert(
      fc.property(anyCurrency, anyMinor, (currency, minor) => {
        const text = formatDecimal({ minor, currency });
        assert.match(text, new RegExp(`^-?\\d+${digitsOf(currency) > 0 ? `\\.\\d{${digitsOf(currency)}}` : ''}$`));
        assert.equal(parseDecimal(text, currency), minor);
      }),
    ));
  test('from the JSON number that the seed’s programs read', () =>
    fc.assert(
      fc.property(anyCurrency, anyMinor, (currency, minor) => {
        const json: unknown = JSON.parse(JSON.stringify(toMajorNumber({ minor, currency })));
        assert(typeof json === 'number');
        assert.equal(fromMajorNumber(json, currency), minor);
      }),
    ));
});

test('the amounts of the sample order are exact', () => {
  assert.equal(fromMajorNumber(200, usd), 20_000n);
  assert.equal(fromMajorNumber(400, usd), 40_000n);
  assert.equal(fromMajorNumber(19.9, usd), 1_990n);
  assert.equal(toMajorNumber({ minor: 1_990n, currency: usd }), 19.9);
});

test('a number that is no amount is refused, and not rounded', () => {
  assert.equal(fromMajorNumber(0.1 + 0.2, usd), 'too-many-decimals');
  assert.equal(fromMajorNumber(Number.NaN, usd), 'not-a-decimal');
  assert.equal(fromMajorNumber(Number.POSITIVE_INFINITY, usd), 'not-a-decimal');
  assert.equal(fromMajorNumber(1e21, usd), 'not-a-decimal');
});

test('no money is no money in some currency', () => assert.deepEqual(zero(jpy), { minor: 0n, currency: 'JPY' }));
