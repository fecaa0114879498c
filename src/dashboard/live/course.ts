/** The course of a balance, thinned out so that years fit a screen. Pure. */
import type { LedgerEntryView } from '../../control-plane/actions/views.js';

export interface CoursePoint {
  /** Virtual time, ms. */
  readonly at: number;
  readonly balance: number;
}

/** More than a screen has pixels. */
export const POINTS_MAX = 2_000;

/** Where there are too many, every other one of the older half goes: turns stay, since they are drawn as steps. */
export function withEntries(
  points: readonly CoursePoint[],
  entries: readonly LedgerEntryView[],
): CoursePoint[] {
  const more = entries.map(({ at, balance }) => ({ at: Date.parse(at), balance: Number(balance) }));
  let all = [...points, ...more];
  while (all.length > POINTS_MAX) {
    const half = Math.floor(all.length / 2);
    all = all.filter((_, index) => index === 0 || index >= half || index % 2 === 1);
  }
  return all;
}
