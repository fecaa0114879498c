/**
 * How long something lasts under the terms: hours and days to the same time (`24h`, `7d`: clause 7.2.3.2, "to the
 * same time on the 7th day"), or natural days (`7 natural days`: clause 4.3), which are whole days of the calendar.
 * `0`: not at all.
 */
import { DAY_MS, HOUR_MS, parseDuration, type Instant } from './duration.js';
import { invalidInput } from './errors.js';

/** As it stands in the terms. */
export type Span = string;

/** The contract is under the law of the People's Republic of China (10.1): its days are those of UTC+8. */
const CALENDAR_OFFSET_MS = 8 * HOUR_MS;
const NATURAL_DAYS = /^(\d{1,4}) natural days?$/;

const lengths = new Map<Span, { readonly ms: number; readonly isNatural: boolean }>();

/** Throws InvalidInput where it is none. */
export function checkSpan(field: string, text: string): void {
  spanOf(text, field);
}

/** When what began at `from` is over. Throws InvalidInput. */
export function endOf(span: Span, from: Instant): Instant {
  const { ms, isNatural } = spanOf(span);
  if (!isNatural) return from + ms;
  // The day on which it began does not count (the natural days follow it), and the last one counts to its end.
  const dayBegan = Math.floor((from + CALENDAR_OFFSET_MS) / DAY_MS) * DAY_MS - CALENDAR_OFFSET_MS;
  return dayBegan + DAY_MS + ms;
}

/** The stage that lasts so long does not exist. */
export function isNone(span: Span): boolean {
  return spanOf(span).ms === 0;
}

/** In milliseconds; natural days as if they began at midnight. */
export function lengthOf(span: Span): number {
  return spanOf(span).ms;
}

function spanOf(text: Span, field = 'span'): { readonly ms: number; readonly isNatural: boolean } {
  const known = lengths.get(text);
  if (known) return known;
  const days = NATURAL_DAYS.exec(text)?.[1];
  const span =
    days === undefined
      ? { ms: text.trim() === '0' ? 0 : lengthFrom(field, text), isNatural: false }
      : { ms: Number(days) * DAY_MS, isNatural: true };
  lengths.set(text, span);
  return span;
}

function lengthFrom(field: string, text: string): number {
  try {
    return parseDuration(field, text);
  } catch {
    const wayOut = 'Give one such as 24h, 7d, "7 natural days", or 0 for not at all';
    throw invalidInput(field, text, 'is not a span of time', wayOut);
  }
}
