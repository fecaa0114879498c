/** Stretches of time: from an instant up to, and without, another one. */
import type { Instant } from './duration.js';

export interface Stretch {
  readonly from: Instant;
  readonly until: Instant;
}

/** In order, those that touch or overlap as one; empty ones are left out. */
export function joined(stretches: readonly Stretch[]): Stretch[] {
  const sorted = stretches.filter(({ from, until }) => from < until);
  sorted.sort((a, b) => a.from - b.from);
  const found: Stretch[] = [];
  for (const { from, until } of sorted) {
    const last = found.at(-1);
    if (last && from <= last.until) {
      found[found.length - 1] = { from: last.from, until: Math.max(last.until, until) };
    } else found.push({ from, until });
  }
  return found;
}

/** What of `stretches` is in none of `others`; joined. */
export function without(stretches: readonly Stretch[], others: readonly Stretch[]): Stretch[] {
  const taken = joined(others);
  return joined(stretches).flatMap(({ from, until }) => {
    const left: Stretch[] = [];
    let begin = from;
    for (const other of taken) {
      if (other.until <= begin || other.from >= until) continue;
      left.push({ from: begin, until: other.from });
      begin = other.until;
    }
    left.push({ from: begin, until });
    return left.filter((one) => one.from < one.until);
  });
}

/** What of `stretches` lies in `frame`; joined. */
export function within(stretches: readonly Stretch[], frame: Stretch): Stretch[] {
  return joined(
    stretches.map(({ from, until }) => ({
      from: Math.max(from, frame.from),
      until: Math.min(until, frame.until),
    })),
  );
}

/** Milliseconds of all of them; none may overlap. */
export function total(stretches: readonly Stretch[]): number {
  return stretches.reduce((sum, { from, until }) => sum + until - from, 0);
}
