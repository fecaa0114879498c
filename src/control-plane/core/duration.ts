/** Instants and durations are whole milliseconds; at the edges they are ISO 8601 and words like `8d` or `1d12h`. */
import { invalidInput } from './errors.js';

/** Milliseconds of virtual time since 1970-01-01T00:00:00Z. */
export type Instant = number;

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

const UNITS: readonly (readonly [name: string, ms: number])[] = [
  ['w', 7 * DAY_MS],
  ['d', DAY_MS],
  ['h', HOUR_MS],
  ['m', MINUTE_MS],
  ['s', SECOND_MS],
  ['ms', 1],
];

/** 100 years: far beyond any term, and instants stay within what a Date can hold. */
export const DURATION_MAX_MS = 36_525 * DAY_MS;

/** `'8d'`, `'1d12h'`, `'90m'`, `'1.5h'` to milliseconds. Throws InvalidInput. */
export function parseDuration(field: string, text: string): number {
  const wayOut = 'Give a number and a unit (w, d, h, m, s, ms), such as 8d, 1d12h or 90m';
  const trimmed = text.trim();
  if (!/^(\d+(\.\d+)?(ms|[wdhms]))+$/.test(trimmed)) {
    throw invalidInput(field, text, 'is not a duration', wayOut);
  }
  let total = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|[wdhms])/g)) {
    const row = UNITS.find(([name]) => name === unit);
    if (row) total += Number(amount) * row[1];
  }
  const rounded = Math.round(total);
  if (rounded > DURATION_MAX_MS) {
    throw invalidInput(field, text, 'is longer than 100 years', wayOut);
  }
  return rounded;
}

/** `129600000` to `'1d12h'`. */
export function formatDuration(ms: number): string {
  let rest = Math.round(ms);
  if (rest <= 0) return '0s';
  let text = '';
  for (const [name, size] of UNITS) {
    if (name === 'w') continue; // "7d" is what the terms say
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) text += `${String(count)}${name}`;
  }
  return text;
}

/** ISO 8601 with a zone, or a date alone (then 00:00Z), to an instant. Throws InvalidInput. */
export function parseInstant(field: string, text: string): Instant {
  const wayOut = 'Give a date and time with its zone, such as 2026-12-01T00:00:00Z';
  const shape = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;
  const trimmed = text.trim();
  const instant = shape.test(trimmed) ? Date.parse(trimmed) : Number.NaN;
  // Date.parse takes 30 February for 2 March.
  const day = trimmed.slice(0, 'yyyy-mm-dd'.length);
  const exists = !Number.isNaN(instant) && new Date(day).toISOString().startsWith(day);
  if (!exists) throw invalidInput(field, text, 'is not an instant', wayOut);
  return instant;
}

/** `1798761600000` to `'2027-01-01T00:00:00Z'`; milliseconds only where there are some. */
export function formatInstant(at: Instant): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}
