/**
 * Money is whole minor units and a currency, never a float.
 * The digits of each currency come from ISO 4217 and not from Intl, which differs for 29 currencies (HUF, IQD, ...).
 */

/** An amount of one currency, in its minor units (cents for EUR, yen for JPY, fils for KWD: 1000 to the dinar). */
export interface Money {
  readonly minor: bigint;
  /** ISO 4217 code. */
  readonly currency: Currency;
}

const digitsOther: Readonly<Record<string, number>> = {
  BIF: 0,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  ISK: 0,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  PYG: 0,
  RWF: 0,
  UGX: 0,
  UYI: 0,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
  BHD: 3,
  IQD: 3,
  JOD: 3,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  TND: 3,
  CLF: 4,
  UYW: 4,
};
const digitsTwo =
  'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG';

const digitsByCode: ReadonlyMap<string, number> = new Map([
  ...Object.entries(digitsOther),
  ...digitsTwo.split(' ').map((code): [string, number] => [code, 2]),
]);

declare const brand: unique symbol;
/** A currency code of ISO 4217 that is money in circulation or a unit of account. */
export type Currency = string & { readonly [brand]: 'Currency' };

/** Whether a text is a currency we know the digits of. */
export function isCurrency(code: unknown): code is Currency {
  return typeof code === 'string' && digitsByCode.has(code);
}

/** How many digits stand after the point in this currency: 2 for EUR, 0 for JPY, 3 for KWD. */
export function digitsOf(currency: Currency): number {
  return digitsByCode.get(currency) ?? 2;
}

/**
 * The largest amount in minor units. Fifteen digits: every such decimal survives a trip through a JSON number
 * unchanged, which the seed's bodies need; one digit more would not.
 */
export const minorMax = 999_999_999_999_999n;

/** Why a decimal is not an amount of a currency. */
export type MoneyFault = 'not-a-decimal' | 'too-many-decimals' | 'too-large';

/**
 * Reads a plain decimal text (`19.90`, `200`, `1e2` is refused) as minor units, without ever making it a float.
 * Trailing zeros beyond the currency's digits are fine, other digits there are `too-many-decimals`.
 */
export function parseDecimal(text: string, currency: Currency): bigint | MoneyFault {
  const match = /^(-?)(\d{1,20})(?:\.(\d{1,20}))?$/.exec(text);
  if (!match) return 'not-a-decimal';
  const [, sign = '', whole = '', fraction = ''] = match;
  const digits = digitsOf(currency);
  if (/[1-9]/.test(fraction.slice(digits))) return 'too-many-decimals';
  const minor = BigInt(whole + fraction.slice(0, digits).padEnd(digits, '0'));
  if (minor > minorMax) return 'too-large';
  return sign === '-' ? -minor : minor;
}

/** Minor units as a decimal text with exactly the currency's digits: 1990 EUR → `19.90`. */
export function formatDecimal(money: Money): string {
  const digits = digitsOf(money.currency);
  const sign = money.minor < 0n ? '-' : '';
  const text = (money.minor < 0n ? -money.minor : money.minor).toString().padStart(digits + 1, '0');
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/**
 * Minor units as a JSON number in major units, as the seed's programs read them.
 * Exact as text because amounts have at most fifteen digits (`minorMax`).
 */
export function toMajorNumber(money: Money): number {
  return Number(formatDecimal(money));
}

/** A JSON number in major units as minor units; the inverse of `toMajorNumber` for what the seed's programs write. */
export function fromMajorNumber(major: number, currency: Currency): bigint | MoneyFault {
  return Number.isFinite(major) ? parseDecimal(String(major), currency) : 'not-a-decimal';
}

/** Whether two amounts are the same, of the same currency. */
export function isSameMoney(a: Money, b: Money): boolean {
  return a.minor === b.minor && a.currency === b.currency;
}

/** No money, in a currency. */
export function zero(currency: Currency): Money {
  return { minor: 0n, currency };
}
