/**
 * Which times count as unavailable by the vendor's fault (8.3), and which do not: maintenance in its window (8.2.1), a
 * slow network (8.2.2), force majeure (9), the customer's own faults and measures because of what it did. While one
 * that is excused goes on, another one does not count either. What touches or overlaps is one stretch.
 */
import type { Bar } from './bars.js';
import type { Draft } from './draft.js';
import { formatInstant, parseInstant, type Instant } from './duration.js';
import { windowsOf } from './maintain-time.js';
import { OUTAGE_CAUSES, type Outage } from './outages.js';
import { joined, total, within, without, type Stretch } from './stretches.js';
import type { Instance } from './world.js';

export interface Availability {
  /** When there was a service: from creation success to its end, or to now. */
  readonly service: Stretch;
  /** Unavailable by the vendor's fault. */
  readonly counted: readonly Stretch[];
  /** The longest of them (ms). */
  readonly longestMs: number;
  /** All that kept clients away or slowed them down, in the order of its beginning. */
  readonly intervals: readonly Interval[];
}

export interface Interval extends Stretch {
  readonly cause: string;
  readonly clause: string;
  /** How much of it counts (ms). */
  readonly countedMs: number;
  readonly why: string;
}

export interface Month {
  /** `2026-01`, of UTC. */
  readonly month: string;
  readonly serviceMs: number;
  readonly unavailableMs: number;
  /** Of the time in service, rounded down to four decimals: 100 only where nothing is missing. */
  readonly percentage: number;
}

export function availabilityOf(draft: Draft, instance: Instance): Availability {
  const { id } = instance;
  const isIts = (row: { readonly instanceId: string }) => row.instanceId === id;
  const outages = draft.records('outages').filter(isIts);
  return accounted(instance.createdAt, draft.at, outages, draft.records('bars').filter(isIts));
}

/** The rule itself. `createdAt` null: there was no service. */
export function accounted(
  createdAt: Instant | null,
  now: Instant,
  outages: readonly Outage[],
  bars: readonly Bar[],
): Availability {
  const ended = bars.find((bar) => bar.ended);
  const service = { from: createdAt ?? now, until: ended?.from ?? now };
  const parts = outages.map((outage) => ({ outage, ...partsOf(outage, now) }));
  const barred = bars.map((bar) => stretchOf(bar.from, bar.until, now));
  const excused = [...barred, ...parts.flatMap((part) => part.excused)];
  const vendors = parts.flatMap((part) => part.vendors);
  const counted = within(without(vendors, excused), service);
  const intervals = [
    ...parts.map(({ outage, vendors: own }): Interval => {
      const { cause, clause } = outage;
      const countedMs = total(within(without(own, excused), service));
      const says = OUTAGE_CAUSES[cause].says;
      return {
        ...stretchOf(outage.beganAt, outage.endedAt, now),
        cause,
        clause,
        countedMs,
        why: says,
      };
    }),
    ...bars.map(({ from, until, why, clause }): Interval => ({
      ...{ ...stretchOf(from, until, now), cause: 'measure', clause, countedMs: 0, why },
    })),
  ].sort((a, b) => a.from - b.from);
  const longestMs = Math.max(0, ...counted.map((one) => total([one])));
  return { service, counted, longestMs, intervals };
}

/** Each calendar month of UTC in which there was a service. */
export function byMonth({ service, counted }: Availability): Month[] {
  const months: Month[] = [];
  for (let from = monthOf(service.from); from < service.until; from = monthAfter(from)) {
    const frame = { from, until: monthAfter(from) };
    const serviceMs = total(within([service], frame));
    const unavailableMs = total(within(counted, frame));
    const percentage = Math.floor(((serviceMs - unavailableMs) * 1_000_000) / serviceMs) / 10_000;
    months.push({ month: formatInstant(from).slice(0, 7), serviceMs, unavailableMs, percentage });
  }
  return months;
}

/** Whose an outage is, as far as its cause says. */
function partsOf(outage: Outage, now: Instant): { vendors: Stretch[]; excused: Stretch[] } {
  const whole = stretchOf(outage.beganAt, outage.endedAt, now);
  switch (OUTAGE_CAUSES[outage.cause].counts) {
    case 'vendor':
      return { vendors: [whole], excused: [] };
    case 'excused':
      return { vendors: [], excused: [whole] };
    case 'excused-in-window': {
      const windows = windowsOf(outage.maintainTime, whole);
      return { vendors: without([whole], windows), excused: within(joined(windows), whole) };
    }
    case 'none':
      return { vendors: [], excused: [] };
  }
}

function stretchOf(from: Instant, until: Instant | null, now: Instant): Stretch {
  return { from, until: Math.min(until ?? now, now) };
}

function monthOf(at: Instant): Instant {
  return parseInstant('month', `${formatInstant(at).slice(0, 7)}-01`);
}

function monthAfter(month: Instant): Instant {
  const [year = 0, number = 0] = formatInstant(month).slice(0, 7).split('-').map(Number);
  const next = number === 12 ? [year + 1, 1] : [year, number + 1];
  const [of, which] = next.map((part, at) => String(part).padStart(at === 0 ? 4 : 2, '0'));
  return parseInstant('month', `${of ?? ''}-${which ?? ''}-01`);
}
