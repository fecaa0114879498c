/** Months of a term are those of the calendar, in UTC: from the 31st, a month later is the last day of a shorter month. */
import { DAY_MS, type Instant } from './duration.js';

export function dayOfMonth(at: Instant): number {
  return new Date(at).getUTCDate();
}

/**
 * So many months after `at`, at the same time of day: on `day` where that month has it, else on its last one. Whoever
 * adds month after month names the day on which all began, or 31 January would become 28 February and stay a 28th.
 */
export function addMonths(at: Instant, months: number, day = dayOfMonth(at)): Instant {
  const date = new Date(at);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + months];
  const daysInMonth = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return (
    Date.UTC(year, month, Math.min(day, daysInMonth)) + (at - Math.floor(at / DAY_MS) * DAY_MS)
  );
}
