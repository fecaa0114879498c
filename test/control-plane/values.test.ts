/** Money, durations and instants, as they come in and as they are shown. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatDuration,
  formatInstant,
  parseDuration,
  parseInstant,
} from '../../src/control-plane/core/duration.js';
import { formatMoney, moneyFromMicro, parseMoney } from '../../src/control-plane/core/money.js';

describe('money', () => {
  test.each([
    ['0', '0.00'],
    ['100', '100.00'],
    ['0.21', '0.21'],
    ['0.210000', '0.21'],
    ['0.2100', '0.21'],
    ['0.063', '0.063'],
    ['0.000001', '0.000001'],
    ['007', '7.00'],
    [' 12.5 ', '12.50'],
    [100, '100.00'],
    [0.1, '0.10'],
    ['1000000000000', '1000000000000.00'],
    ['999999999999.999999', '999999999999.999999'],
  ])('%j is %s', (given, shown) => {
    expect(formatMoney(parseMoney('amount', given))).toBe(shown);
  });

  test.each([
    ['', 'is not an amount of money, got ""'],
    [' ', 'is not an amount of money'],
    ['abc', 'is not an amount of money, got "abc"'],
    ['-1', 'must not be negative, got "-1"'],
    [-1, 'must not be negative, got -1'],
    ['+1', 'is not an amount of money'],
    ['1e3', 'is not an amount of money'],
    ['0x10', 'is not an amount of money'],
    ['1,50', 'is not an amount of money'],
    ['1 000', 'is not an amount of money'],
    ['1_000', 'is not an amount of money'],
    ['1.', 'is not an amount of money'],
    ['.5', 'is not an amount of money'],
    ['1.2.3', 'is not an amount of money'],
    ['100 CNY', 'is not an amount of money'],
    ['¥100', 'is not an amount of money'],
    ['٣', 'is not an amount of money'],
    ['NaN', 'is not an amount of money'],
    [Number.NaN, 'is not an amount of money'],
    [Number.POSITIVE_INFINITY, 'is not an amount of money'],
    [1e21, 'is not an amount of money'],
    ['0.0000001', 'has more than 6 decimals'],
    ['0.2100000', 'has more than 6 decimals'],
    ['1000000000000.000001', 'is more than 1000000000000.00'],
    ['9'.repeat(400), 'is more than 1000000000000.00'],
  ])('%j is refused: %s', (given, problem) => {
    expect(() => parseMoney('amount', given)).toThrow(`amount: ${problem}`);
    expect(() => parseMoney('amount', given)).toThrow('Give an amount such as 100 or 0.21');
  });

  test('what is shown is read back as it was, to the last micro-unit', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 18n }), (micro) => {
        const money = moneyFromMicro(micro);
        expect(parseMoney('amount', formatMoney(money))).toBe(money);
      }),
    );
  });

  test('what is owed is shown with a minus sign, and with two to six decimals', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 30n }), (micro) => {
        const shown = formatMoney(moneyFromMicro(micro));
        expect(formatMoney(moneyFromMicro(-micro))).toBe(`-${shown}`);
        expect(shown).toMatch(/^\d+\.\d{2,6}$/);
      }),
    );
  });
});

describe('a duration', () => {
  const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000];

  test.each([
    ['8d', 8 * day],
    ['1w', 7 * day],
    ['24h', day],
    ['90m', 90 * minute],
    ['1d12h', 36 * hour],
    ['1w2d3h4m5s6ms', 9 * day + 3 * hour + 4 * minute + 5 * second + 6],
    ['1.5h', 90 * minute],
    ['250ms', 250],
    ['5m30ms', 5 * minute + 30],
    ['0s', 0],
    [' 2h ', 2 * hour],
    ['36525d', 36_525 * day],
  ])('%j is %d ms', (text, ms) => {
    expect(parseDuration('by', text)).toBe(ms);
  });

  test.each([
    ['', 'is not a duration, got ""'],
    ['8 days?', 'is not a duration, got "8 days?"'],
    ['8 d', 'is not a duration'],
    ['8', 'is not a duration'],
    ['d', 'is not a duration'],
    ['-1', 'is not a duration'],
    ['-1d', 'is not a duration'],
    ['1e3s', 'is not a duration'],
    ['NaN', 'is not a duration'],
    ['Infinityd', 'is not a duration'],
    ['1D', 'is not a duration'],
    ['1y', 'is not a duration'],
    ['1d-2h', 'is not a duration'],
    ['.5h', 'is not a duration'],
    ['36526d', 'is longer than 100 years'],
    [`${'9'.repeat(400)}d`, 'is longer than 100 years'],
  ])('%j is refused: %s', (text, problem) => {
    expect(() => parseDuration('by', text)).toThrow(`by: ${problem}`);
    expect(() => parseDuration('by', text)).toThrow('such as 8d, 1d12h or 90m');
  });

  test('of a hundred thousand characters is refused as quickly as a short one', () => {
    expect(() => parseDuration('by', '1'.repeat(100_000))).toThrow('is not a duration');
    expect(() => parseDuration('by', `${'1h'.repeat(50_000)}?`)).toThrow('is not a duration');
  });

  test('that is shown is read back as it was', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 36_525 * day }), (ms) => {
        expect(parseDuration('by', formatDuration(ms))).toBe(ms);
      }),
    );
  });

  test.each([
    [0, '0s'],
    [7 * day, '7d'],
    [36 * hour, '1d12h'],
    [61_001, '1m1s1ms'],
  ])('of %d ms is shown as %s', (ms, shown) => {
    expect(formatDuration(ms)).toBe(shown);
  });
});

describe('an instant', () => {
  test.each([
    ['2026-12-01T00:00:00Z', '2026-12-01T00:00:00Z'],
    ['2026-12-01', '2026-12-01T00:00:00Z'],
    ['2026-12-01T08:30Z', '2026-12-01T08:30:00Z'],
    ['2026-12-01T08:30:00+08:00', '2026-12-01T00:30:00Z'],
    ['2026-01-01T00:30:00+01:00', '2025-12-31T23:30:00Z'],
    ['2026-12-01T00:00:00.250Z', '2026-12-01T00:00:00.250Z'],
    ['2028-02-29', '2028-02-29T00:00:00Z'],
  ])('%s is %s', (text, shown) => {
    expect(formatInstant(parseInstant('to', text))).toBe(shown);
  });

  test.each([
    '',
    'tomorrow',
    '8d',
    '2026',
    '2026-12',
    '1798761600000',
    '2026-12-01T00:00:00',
    '2026-12-01 00:00:00Z',
    '2026-13-01',
    '2026-02-30',
    '2026-02-29T00:00:00Z',
    '2026-04-31T12:00:00+08:00',
    '2026-12-01T25:00:00Z',
    '2026-12-01T00:60:00Z',
    '2026-12-01T00:00:00+99:00',
    '2026-12-00',
    '12026-12-01T00:00:00Z',
  ])('%j is refused', (text) => {
    expect(() => parseInstant('to', text)).toThrow(`to: is not an instant, got "${text}"`);
  });

  test('that is shown is read back as it was', () => {
    const year = (n: number) => Date.UTC(n, 0, 1);
    fc.assert(
      fc.property(fc.integer({ min: year(1970), max: year(9999) }), (at) => {
        expect(parseInstant('to', formatInstant(at))).toBe(at);
      }),
    );
  });
});
