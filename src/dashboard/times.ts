/** Virtual times and spans for people: in UTC, as the simulator has them. Pure. */
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const DATE = new Intl.DateTimeFormat('en-GB', {
  ...{ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' },
  timeZone: 'UTC',
});
const SHORT = new Intl.DateTimeFormat('en-GB', {
  ...{ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
  timeZone: 'UTC',
});

/** `Fri, 2 Jan 2026` */
export const dateOf = (at: number): string => DATE.format(at);
/** `13:05:09` */
export const timeOf = (at: number): string => new Date(at).toISOString().slice(11, 19);
/** `2 Jan, 13:05` */
export const shortTime = (at: number): string => SHORT.format(at);

/** `1 day 2 hours`, `23 minutes`, `under a minute`: the two largest units. */
export function spanWords(ms: number): string {
  const days = Math.floor(ms / DAY_MS);
  const hours = Math.floor((ms % DAY_MS) / HOUR_MS);
  const minutes = Math.floor((ms % HOUR_MS) / MINUTE_MS);
  const parts = [
    many(days, 'day'),
    many(hours, 'hour'),
    days === 0 ? many(minutes, 'minute') : '',
  ].filter(Boolean);
  return parts.slice(0, 2).join(' ') || 'under a minute';
}

function many(count: number, unit: string): string {
  return count === 0 ? '' : `${String(count)} ${unit}${count === 1 ? '' : 's'}`;
}
