/** When of the day the vendor may maintain an instance (ModifyInstanceMaintainTime): UTC, past midnight where the end is before the start. */
import { DAY_MS, HOUR_MS, MINUTE_MS, type Instant } from './duration.js';
import { invalidInput } from './errors.js';
import type { Stretch } from './stretches.js';

/** As the vendor writes it: `18:00Z`. */
export interface MaintainTime {
  readonly start: string;
  readonly end: string;
}

/** The vendor's own (ModifyInstanceMaintainTime). */
export const DEFAULT_MAINTAIN_TIME: MaintainTime = { start: '18:00Z', end: '22:00Z' };
const SHORTEST_MS = HOUR_MS;

/** Throws InvalidInput: no time of the day, or shorter than an hour. */
export function checkedMaintainTime(start: string, end: string): MaintainTime {
  const wayOut = 'Give an hour and a minute of UTC, such as 18:00Z';
  for (const [field, text] of Object.entries({ maintainStartTime: start, maintainEndTime: end })) {
    if (!/^([01]\d|2[0-3]):[0-5]\dZ$/.test(text)) {
      throw invalidInput(field, text, 'is not a time of the day', wayOut);
    }
  }
  if (lengthOfWindow({ start, end }) < SHORTEST_MS) {
    throw invalidInput('maintainEndTime', end, `is less than an hour after ${start}`, wayOut);
  }
  return { start, end };
}

/** The windows that `stretch` touches, earliest first, whole. */
export function windowsOf(time: MaintainTime, { from, until }: Stretch): Stretch[] {
  const length = lengthOfWindow(time);
  const first = Math.floor(from / DAY_MS) * DAY_MS + sinceMidnight(time.start) - DAY_MS;
  const windows: Stretch[] = [];
  for (let at = first; at < until; at += DAY_MS) {
    if (at + length > from) windows.push({ from: at, until: at + length });
  }
  return windows;
}

/** The beginning of the next window, never now. */
export function nextWindowAt(time: MaintainTime, now: Instant): Instant {
  const today = Math.floor(now / DAY_MS) * DAY_MS + sinceMidnight(time.start);
  return today > now ? today : today + DAY_MS;
}

export function isInWindow(time: MaintainTime, at: Instant): boolean {
  return windowsOf(time, { from: at, until: at + 1 }).some(
    ({ from, until }) => from <= at && at < until,
  );
}

/** The same time twice is the whole day. */
function lengthOfWindow({ start, end }: MaintainTime): number {
  return (sinceMidnight(end) - sinceMidnight(start) + DAY_MS) % DAY_MS || DAY_MS;
}

function sinceMidnight(text: string): number {
  return Number(text.slice(0, 2)) * HOUR_MS + Number(text.slice(3, 5)) * MINUTE_MS;
}
