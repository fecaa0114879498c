/**
 * Money is a whole number of micro-units (1 CNY = 1,000,000), so that sums are
 * exact. Outside the core it is a decimal string, as in the vendor's billing
 * API, where all amounts are strings.
 */
import { invalidInput } from './errors.js';

declare const brand: unique symbol;
export type Money = bigint & { readonly [brand]: 'Money' };

export const CURRENCY = 'CNY';

const MICRO = 1_000_000n;
const DECIMALS = 6;
const ZERO_DIGIT = 48;
/** 10^12 CNY: far above any real bill, and sums stay within SQLite's 64 bits. */
const MONEY_MAX = 10n ** 18n;

export const ZERO = 0n as Money;

export function plus(a: Money, b: Money): Money {
  return (a + b) as Money;
}

export function negative(a: Money): Money {
  return (0n - a) as Money;
}

/** A stored number of micro-units, from SQLite or JSON. */
export function moneyFromMicro(micro: bigint | string): Money {
  return BigInt(micro) as Money;
}

/** `'0.21'` or `100` to micro-units. Throws InvalidInput: not a number, negative, or finer than a micro-unit. */
export function parseMoney(field: string, value: string | number): Money {
  const text = typeof value === 'number' ? String(value) : value.trim();
  const wayOut = 'Give an amount such as 100 or 0.21';
  if (/^-/.test(text)) throw invalidInput(field, value, 'must not be negative', wayOut);
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) throw invalidInput(field, value, 'is not an amount of money', wayOut);
  const [, whole = '', fraction = ''] = match;
  if (fraction.length > DECIMALS) {
    throw invalidInput(field, value, `has more than ${String(DECIMALS)} decimals`, wayOut);
  }
  const micro = BigInt(whole) * MICRO + BigInt(fraction.padEnd(DECIMALS, '0'));
  if (micro > MONEY_MAX) {
    throw invalidInput(field, value, `is more than ${formatMoney(MONEY_MAX as Money)}`, wayOut);
  }
  return micro as Money;
}

/** The other way round from formatMoney; null where it is not such a text. */
export function readMoney(text: string): Money | null {
  const match = /^(-?)(\d+)\.(\d{2,6})$/.exec(text);
  if (!match) return null;
  const [, sign = '', whole = '', fraction = ''] = match;
  return BigInt(`${sign}${whole}${fraction.padEnd(DECIMALS, '0')}`) as Money;
}

/** `210000n` to `'0.21'`: at least two decimals, at most six, exact. */
export function formatMoney(money: Money): string {
  const sign = money < 0n ? '-' : '';
  const digits = (money < 0n ? negative(money) : money).toString().padStart(DECIMALS + 1, '0');
  const point = digits.length - DECIMALS;
  let end = digits.length;
  while (end > point + 2 && digits.charCodeAt(end - 1) === ZERO_DIGIT) end -= 1;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point, end)}`;
}
