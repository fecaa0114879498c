/** Stretches of time against the plainest model there is: a set of milliseconds. */
import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import {
  joined,
  total,
  within,
  without,
  type Stretch,
} from '../../src/control-plane/core/stretches.js';

const stretch = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 12 }))
  .map(([from, length]): Stretch => ({ from, until: from + length }));
const stretches = fc.array(stretch, { maxLength: 8 });

function milliseconds(of: readonly Stretch[]): Set<number> {
  const all = new Set<number>();
  for (const { from, until } of of) for (let at = from; at < until; at += 1) all.add(at);
  return all;
}

/** In order, none empty, none touching the next. */
function expectWhole(found: readonly Stretch[], expected: ReadonlySet<number>): void {
  expect([...milliseconds(found)].sort((a, b) => a - b)).toEqual(
    [...expected].sort((a, b) => a - b),
  );
  found.forEach((one, at) => {
    expect(one.from).toBeLessThan(one.until);
    expect(found[at + 1]?.from ?? Number.POSITIVE_INFINITY).toBeGreaterThan(one.until);
  });
  expect(total(found)).toBe(expected.size);
}

describe('stretches of time', () => {
  test('join where they touch or overlap', () => {
    fc.assert(fc.property(stretches, (all) => expectWhole(joined(all), milliseconds(all))));
  });

  test('leave out what others take', () => {
    fc.assert(
      fc.property(stretches, stretches, (all, others) => {
        const taken = milliseconds(others);
        const left = [...milliseconds(all)].filter((at) => !taken.has(at));
        expectWhole(without(all, others), new Set(left));
      }),
    );
  });

  test('are cut at the edges of a frame', () => {
    fc.assert(
      fc.property(stretches, stretch, (all, frame) => {
        const inside = milliseconds([frame]);
        const left = [...milliseconds(all)].filter((at) => inside.has(at));
        expectWhole(within(all, frame), new Set(left));
      }),
    );
  });
});
