/**
 * What is kept of readings: one for each five seconds of virtual time for an hour, one a minute for a day, one an hour
 * for ninety days. A reading goes to all three at once, so nothing has to be worked up later, whatever time jumps over.
 */
import type { Instant } from './duration.js';
import { METERS, type MeterName, type MeterValues, type Reading } from './meters.js';

export interface HistoryLevel {
  readonly stepMs: number;
  /** What is older than this, seen from the newest reading, goes. */
  readonly keepMs: number;
}

const HOUR_MS = 3_600_000;

/** From fine to coarse: 720 + 1440 + 2160 points of an instance at most, of half a kilobyte each. */
export const LEVELS: readonly HistoryLevel[] = [
  { stepMs: 5_000, keepMs: HOUR_MS },
  { stepMs: 60_000, keepMs: 24 * HOUR_MS },
  { stepMs: HOUR_MS, keepMs: 90 * 24 * HOUR_MS },
];

/** So many points at most tell a range. */
export const POINTS_MAX = 10_000;

/** What the readings of one step say together. */
export interface Point {
  /** When the step begins. */
  readonly at: Instant;
  /** How many readings. */
  readonly count: number;
  readonly values: MeterValues;
  /** One of them at least was injected. */
  readonly injected: boolean;
  /** One of them at least was read while load was made on demand. */
  readonly load: boolean;
}

export function stepOf(at: Instant, stepMs: number): Instant {
  return Math.floor(at / stepMs) * stepMs;
}

export function pointOf({ at, values, injected, load }: Reading, stepMs: number): Point {
  return { at: stepOf(at, stepMs), count: 1, values: rounded(values), injected, load };
}

/** Two points of the same step, or of one that holds both; `later` is the newer one. */
export function gathered(earlier: Point, later: Point): Point {
  const values: MeterValues = { ...earlier.values };
  for (const [name, value] of Object.entries(later.values) as [MeterName, number][]) {
    const before = earlier.values[name];
    values[name] = before === undefined ? value : together(name, [earlier, before], [later, value]);
  }
  return {
    at: earlier.at,
    count: earlier.count + later.count,
    values: rounded(values),
    injected: earlier.injected || later.injected,
    load: earlier.load || later.load,
  };
}

type Weighed = readonly [of: Pick<Point, 'count'>, value: number];

function together(name: MeterName, [a, before]: Weighed, [b, now]: Weighed): number {
  switch (METERS[name].gathering) {
    case 'last':
      return now;
    case 'highest':
      return Math.max(before, now);
    case 'average':
      return (before * a.count + now * b.count) / (a.count + b.count);
  }
}

/** What a meter tells beyond a thousandth is noise, and space. */
function rounded(values: MeterValues): MeterValues {
  const entries = Object.entries(values).map(([name, value]) => [
    name,
    Math.round(value * 1000) / 1000,
  ]);
  return Object.fromEntries(entries) as MeterValues;
}

/** In steps of `stepMs`, which must not be finer than the points are; those of a step are one. In order of time. */
export function coarser(points: readonly Point[], stepMs: number): Point[] {
  const steps: Point[] = [];
  for (const point of points) {
    const at = stepOf(point.at, stepMs);
    const last = steps.at(-1);
    if (last?.at === at) steps[steps.length - 1] = gathered(last, point);
    else steps.push({ ...point, at });
  }
  return steps;
}

/**
 * Which level tells a range, and in which steps: the finest that still has its beginning, is not finer than what is
 * asked for, and makes no more points than are told.
 */
export function levelFor(
  range: { readonly from: Instant; readonly to: Instant },
  newest: Instant,
  stepMs: number | null,
): { readonly level: HistoryLevel; readonly stepMs: number } {
  const coarsest = LEVELS[LEVELS.length - 1] as HistoryLevel; // the table has rows
  const fits = LEVELS.find(
    (level) => range.from >= newest - level.keepMs && pointsIn(range, level.stepMs) <= POINTS_MAX,
  );
  const finest = fits ?? coarsest;
  const wanted = Math.max(stepMs ?? 0, finest.stepMs);
  const level = LEVELS.findLast((one) => one.stepMs <= wanted) ?? finest;
  // Whole steps of the level, or points would be torn apart.
  return { level, stepMs: Math.ceil(wanted / level.stepMs) * level.stepMs };
}

function pointsIn({ from, to }: { from: Instant; to: Instant }, stepMs: number): number {
  return Math.floor(to / stepMs) - Math.floor(from / stepMs) + 1;
}
