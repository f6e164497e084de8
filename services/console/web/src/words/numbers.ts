/** Numbers as people read them. None is null: shown as a dash. */
import type { Money } from '../server/answers.ts';

export const none = '–';

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 2 });
const tenths = new Intl.NumberFormat('en', { maximumFractionDigits: 1, minimumFractionDigits: 1 });

/** `12,345`. */
export function count(value: number | null): string {
  return value === null ? none : whole.format(value);
}

/** As `count`, and from ten million `12.35M`: for places that are narrow. */
export function shortCount(value: number | null): string {
  if (value === null) return none;
  return value < 10_000_000 ? whole.format(value) : short.format(value);
}

/** A number for each second: `0`, `0.4`, `12`, `1,240`. */
export function rate(value: number | null): string {
  if (value === null) return none;
  if (value === 0) return '0';
  if (value < 0.05) return '<0.1';
  return value < 9.95 ? tenths.format(value) : whole.format(value);
}

/** `1 order`, `2 orders`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${whole.format(value)} ${value === 1 ? one : many}`;
}

/** `1,234,567.00`: exact, whatever its size. */
export function decimal({ decimal: text }: Money): string {
  const [, sign = '', integer = text, rest = ''] = /^(-?)(\d+)(.*)$/.exec(text) ?? [];
  return sign.replace('-', '−') + integer.replaceAll(/\B(?=(\d{3})+$)/g, ',') + rest;
}

/** `1,234,567.00 USD`. */
export function amount(money: Money): string {
  return money.currency === '' ? none : `${decimal(money)} ${money.currency}`; // of an order that cannot be read
}

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `1.5 MiB`. */
export function bytes(value: number | null): string {
  if (value === null) return none;
  let unit = 0;
  let left = value;
  while (left >= 1024 && unit < units.length - 1) {
    left /= 1024;
    unit += 1;
  }
  return `${unit === 0 || left >= 100 ? whole.format(left) : tenths.format(left)} ${units[unit]}`;
}

/** A share from 0 to 1: `99.2 %`. */
export function percent(share: number | null): string {
  return share === null ? none : `${tenths.format(share * 100)} %`;
}
