/** One suite for every place readings are kept in: three levels of steps, bounds, and what is injected. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LEVELS, pointOf, type Point } from '../../src/control-plane/core/meter-history.js';
import type { MeterValues, Reading } from '../../src/control-plane/core/meters.js';
import { EMPTY_WORLD } from '../../src/control-plane/core/world.js';
import type { StateStore } from '../../src/control-plane/ports.js';
import { MemoryStore } from '../../src/control-plane/stores/memory-store.js';
import { SqliteStore } from '../../src/control-plane/stores/sqlite-store.js';

const AT = Date.UTC(2026, 0, 1);
const [FINE, MINUTE, HOUR] = LEVELS.map(({ stepMs }) => stepMs) as [number, number, number];
const NOTHING = {
  ...{ at: AT, accounts: [], instances: [], records: [], removed: [], entries: [], events: [] },
  counters: EMPTY_WORLD.counters,
};

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'frostgate-meters-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const STORES = [
  {
    kind: 'memory',
    open: (): StateStore => new MemoryStore({ simulatorId: 'sim-1', secret: 'secret-1' }),
    reopen: (store: StateStore) => store,
  },
  {
    kind: 'sqlite',
    open: (): StateStore => new SqliteStore(directory),
    reopen: (store: StateStore): StateStore => {
      store.close();
      return new SqliteStore(directory);
    },
  },
];

function reading(afterMs: number, values: MeterValues, more: Partial<Reading> = {}): Reading {
  return { instanceId: 'r-1', at: AT + afterMs, values, injected: false, load: false, ...more };
}

function points({ meters }: StateStore, stepMs: number, instanceId = 'r-1'): readonly Point[] {
  return meters.points({ instanceId, stepMs, from: 0, to: Infinity });
}

describe.each(STORES)('a $kind store', ({ open, reopen }) => {
  let store: StateStore;
  beforeEach(() => {
    store = open();
  });
  afterEach(() => {
    store.close();
  });

  test('keeps the newest reading of five seconds, and gathers those of a minute and of an hour, over a restart', () => {
    const { meters } = store;
    meters.record([reading(1_000, { CpuUsage: 10, ConnCount: 7, Keys: 1 })]);
    meters.record([reading(4_999, { CpuUsage: 30, ConnCount: 3, Keys: 2 })]);
    store = reopen(store);
    store.meters.record([reading(5_000, { CpuUsage: 80, ConnCount: 5, Keys: 3 })]);
    const marks = { injected: false, load: false };
    expect(points(store, FINE)).toEqual([
      { at: AT, count: 1, values: { CpuUsage: 30, ConnCount: 3, Keys: 2 }, ...marks },
      { at: AT + 5_000, count: 1, values: { CpuUsage: 80, ConnCount: 5, Keys: 3 }, ...marks },
    ]);
    // The average of a percentage, the highest of connections, the last of keys.
    const together = { count: 3, values: { CpuUsage: 40, ConnCount: 7, Keys: 3 }, ...marks };
    expect(points(store, MINUTE)).toEqual([{ at: AT, ...together }]);
    expect(points(store, HOUR)).toEqual([{ at: AT, ...together }]);
  });

  test('marks what was injected, and what was read under load, in every step that holds it', () => {
    store.meters.record([
      reading(0, { CpuUsage: 99 }, { injected: true }),
      reading(60_000, { CpuUsage: 1 }, { load: true }),
      reading(120_000, { CpuUsage: 1 }),
    ]);
    const marks = (stepMs: number) =>
      points(store, stepMs).map(({ injected, load }) => [injected, load]);
    const each = [
      [true, false],
      [false, true],
      [false, false],
    ];
    expect(marks(FINE)).toEqual(each);
    expect(marks(MINUTE)).toEqual(each);
    expect(marks(HOUR)).toEqual([[true, true]]);
  });

  test('tells a range with both of its ends, of one instance', () => {
    for (const afterMs of [0, 5_000, 10_000, 15_000]) {
      store.meters.record([
        reading(afterMs, { Keys: afterMs }),
        reading(afterMs, { Keys: -1 }, { instanceId: 'r-2' }),
      ]);
    }
    const range = { instanceId: 'r-1', stepMs: FINE, from: AT + 5_000, to: AT + 10_000 };
    expect(store.meters.points(range).map(({ values }) => values.Keys)).toEqual([5_000, 10_000]);
    expect(points(store, FINE, 'r-3')).toEqual([]);
  });

  test('keeps no more than its bounds, however far time jumps', () => {
    const far = 400 * 24 * HOUR;
    const times = [0, ...steps(far, 3 * HOUR, FINE), ...steps(far + 2 * 24 * HOUR, HOUR, FINE)];
    for (const afterMs of times) store.meters.record([reading(afterMs, { Keys: 1 })]);
    const newest = AT + (times.at(-1) ?? 0);
    for (const { stepMs, keepMs } of LEVELS) {
      const kept = points(store, stepMs);
      expect(kept.length).toBeGreaterThan(0);
      // It is looked for now and then: a twentieth may be too old.
      expect(kept[0]?.at ?? 0).toBeGreaterThanOrEqual(newest - keepMs * 1.05 - stepMs);
      expect(kept.length).toBeLessThanOrEqual((keepMs * 1.05) / stepMs + 1);
      expect(kept.at(-1)?.at).toBe(Math.floor(newest / stepMs) * stepMs);
      const unbroken = kept.filter(({ at }) => at >= newest - Math.min(keepMs, HOUR) + stepMs);
      expect(unbroken.length).toBeGreaterThanOrEqual(Math.min(keepMs, HOUR) / stepMs - 1);
    }
  });

  test('forgets with a reset, and with a rollback what was read after that time', () => {
    store.meters.record([0, 5_000, 10_000].map((afterMs) => reading(afterMs, { Keys: afterMs })));
    const injection = { instanceId: 'r-1', meter: 'CpuUsage', value: 99.5, until: AT + 1 } as const;
    store.meters.saveInjections([injection]);
    store = reopen(store);
    expect(store.meters.injections()).toEqual([injection]);
    store.turnBack(EMPTY_WORLD, NOTHING, { now: AT + 5_000, rate: 0 });
    expect(points(store, FINE).map(({ values }) => values.Keys)).toEqual([0, 5_000]);
    expect(store.meters.injections()).toEqual([]);
    store.reset(NOTHING, { now: AT + 5_000, rate: 0 });
    expect([...points(store, FINE), ...points(store, HOUR)]).toEqual([]);
  });
});

test('both stores tell the same of any readings', () => {
  const values = fc.record(
    {
      CpuUsage: fc.integer({ min: 0, max: 100 }),
      ConnCount: fc.nat(1000),
      Keys: fc.nat(1000),
    },
    { requiredKeys: [] },
  );
  const step = fc.record({
    afterMs: fc.oneof(fc.nat(10_000), fc.nat(200_000), fc.nat(10 * HOUR)),
    ...{ values, injected: fc.boolean(), load: fc.boolean() },
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (story) => {
      const sqlite = new SqliteStore(mkdtempSync(join(directory, 'property-')));
      const memory = new MemoryStore({ simulatorId: 'sim-1', secret: 'secret-1' });
      let at = AT;
      for (const { afterMs, ...rest } of story) {
        at += afterMs;
        for (const { meters } of [sqlite, memory])
          meters.record([{ instanceId: 'r-1', at, ...rest }]);
      }
      for (const { stepMs, keepMs } of LEVELS) {
        const range = { instanceId: 'r-1', stepMs, from: at - keepMs, to: at };
        expect(sqlite.meters.points(range)).toEqual(memory.meters.points(range));
      }
      sqlite.close();
    }),
    { numRuns: 50 },
  );
});

test('a point says no more than a thousandth', () => {
  expect(pointOf(reading(0, { CpuUsage: 1 / 3 }), FINE).values).toEqual({ CpuUsage: 0.333 });
});

/** `from` and on, so many milliseconds, in steps of `stepMs`. */
function steps(from: number, length: number, stepMs: number): number[] {
  return Array.from({ length: length / stepMs + 1 }, (_, i) => from + i * stepMs);
}
