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

/** Steps that people count time in (s): what stands at an axis is a round time, in UTC. */
export const ROUND_STEPS_S = [
  ...[60, 300, 900, 1_800],
  ...[1, 3, 6, 12].map((hours) => hours * 3_600),
  ...[1, 2, 5, 10, 30, 90, 365].map((days) => days * 86_400),
];

/** Half of it before, half of it after (s). */
const MOMENT_S = 3_600;

/** From the first time to the last; a single one has some time around it. */
export function spanOf(times: readonly number[]): [number, number] {
  const [first = 0, last = first] = [times[0], times.at(-1)];
  return first === last ? [first - MOMENT_S / 2, last + MOMENT_S / 2] : [first, last];
}

function many(count: number, unit: string): string {
  return count === 0 ? '' : `${String(count)} ${unit}${count === 1 ? '' : 's'}`;
}
