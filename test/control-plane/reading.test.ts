/** What meters say between two looks, and in which steps a history is told. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLASS_CEILINGS } from '../../src/control-plane/core/ceilings.js';
import {
  coarser,
  gathered,
  levelFor,
  LEVELS,
  POINTS_MAX,
  type Point,
} from '../../src/control-plane/core/meter-history.js';
import { valuesOf, type Look } from '../../src/control-plane/core/reading.js';

const INSTANCE = {
  ...CLASS_CEILINGS,
  ...{ instanceClass: 'redis.master.small.default', narrowed: [] },
};
const TRAFFIC = {
  ...{ connections: 0, bytesIn: 0, bytesOut: 0, reads: 0, writes: 0, others: 0 },
  ...{ refusedCommands: 0, newConnections: 0, refusedConnections: 0 },
  ...{ latencies: [], latencySum: 0 },
};
const INFO = {
  ...{ usedBytes: 0, keys: 0, expires: 0, expiredKeys: 0, evictedKeys: 0, hits: 0, misses: 0 },
};

function look(realMs: number, passed: object = {}, counted: object = {}, cpuSeconds = 0): Look {
  const engine = { cpuSeconds, info: { ...INFO, ...counted } };
  return { realMs, traffic: { ...TRAFFIC, ...passed }, engine };
}

describe('meters', () => {
  test('tell flows by the second of real time, and shares of the ceilings of the class', () => {
    const before = look(1_000, { bytesIn: 500, reads: 1 }, { hits: 10 }, 3);
    const passed = { connections: 50, bytesIn: 500 + 10 * 1024 ** 2, bytesOut: 4096, reads: 401 };
    const counted = { usedBytes: 512 * 1024 ** 2, keys: 9, hits: 40, misses: 10, evictedKeys: 4 };
    expect(valuesOf(INSTANCE, before, look(3_000, { ...passed, writes: 200 }, counted, 4))).toEqual(
      {
        ...{ quotaMemory: 1024 ** 3, UsedMemory: 512 * 1024 ** 2, memoryUsage: 50 },
        ...{ ConnCount: 50, connectionUsage: 0.5 },
        ...{ TotalQps: 300, GetQps: 200, PutQps: 100, OtherOps: 0, qpsUsage: 0.375 },
        ...{ InFlow: 5 * 1024, OutFlow: 2, intranetInRatio: 50, intranetOutRatio: 0.01953125 },
        ...{ Keys: 9, Expires: 0, ExpiredKeys: 0, EvictedKeys: 4, evicted_keys_per_sec: 2 },
        ...{ hit: 15, miss: 5, hit_rate: 75, CpuUsage: 50 },
        ...{ RefusedCommands: 0, NewConnections: 0, RefusedConnections: 0 },
      },
    );
  });

  test('say nothing of a flow before there are two looks, nor of a ratio of nothing', () => {
    const first = valuesOf(INSTANCE, null, look(0, { connections: 2 }));
    expect(first).toMatchObject({ ConnCount: 2, Keys: 0 });
    expect(first.TotalQps).toBe(undefined);
    const second = valuesOf(INSTANCE, look(0), look(1_000));
    expect(second).toMatchObject({ TotalQps: 0, CpuUsage: 0 });
    expect([second.hit_rate, second.AvgRt]).toEqual([undefined, undefined]);
  });

  test('have no share where there is no ceiling', () => {
    const free = { ...INSTANCE, bandwidth: 0 };
    const values = valuesOf(free, look(0), look(1_000, { bytesIn: 1024 }));
    expect(values.InFlow).toBe(1);
    expect(values.intranetInRatio).toBe(undefined);
  });

  test('go on from nothing where what counts began anew', () => {
    const before = look(0, { bytesIn: 9_000, latencies: [5, 5], latencySum: 900 }, { hits: 7 }, 50);
    const after = look(
      1_000,
      { bytesIn: 2048, latencies: [2, 0], latencySum: 2 },
      { hits: 3 },
      0.5,
    );
    expect(valuesOf(INSTANCE, before, after)).toMatchObject({
      ...{ InFlow: 2, hit: 3, CpuUsage: 50, AvgRt: 1, MaxRt: 1 },
    });
  });

  test('say what could be read where Redis or the data plane did not answer', () => {
    const silent: Look = { realMs: 1_000, traffic: null, engine: { cpuSeconds: 2, info: null } };
    expect(valuesOf(INSTANCE, look(0, {}, {}, 1), silent)).toEqual({
      ...{ quotaMemory: 1024 ** 3, CpuUsage: 100 },
    });
    expect(valuesOf(INSTANCE, silent, look(2_000, {}, { keys: 3 }, 2))).toMatchObject({ Keys: 3 });
  });
});

const HOUR = 3_600_000;
const point = (at: number, cpu: number, count = 1): Point => ({
  ...{ at, count, values: { CpuUsage: cpu, MaxRt: cpu, UsedMemory: cpu } },
  ...{ injected: false, load: false },
});

describe('a history', () => {
  test('gathers any readings to their average, their highest and their last, in whatever order of gathering', () => {
    const readings = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(readings, fc.integer({ min: 1, max: 49 }), (values, cut) => {
        const points = values.map((value, i) => point(i, value));
        const all = (some: Point[]) => some.reduce(gathered);
        const parts = [points.slice(0, cut), points.slice(cut)].filter(({ length }) => length > 0);
        const { count, values: told } = all(parts.map(all));
        expect(count).toBe(values.length);
        expect(told.MaxRt).toBe(Math.max(...values));
        expect(told.UsedMemory).toBe(values.at(-1));
        const average = values.reduce((sum, one) => sum + one, 0) / values.length;
        expect(told.CpuUsage).toBeCloseTo(average, 1); // each gathering rounds to a thousandth
      }),
    );
  });

  test('is told in coarser steps without losing a reading', () => {
    const points = [0, 5, 10, 59, 60, 130].map((s) => point(s * 1_000, s));
    expect(coarser(points, 60_000).map(({ at, count }) => [at / 60_000, count])).toEqual([
      [0, 4],
      [1, 1],
      [2, 1],
    ]);
  });

  test('is told by the finest level that has its beginning, never finer than asked for, never in too many points', () => {
    const now = Date.UTC(2026, 5, 1);
    const chosen = (backMs: number, stepMs: number | null = null) =>
      levelFor({ from: now - backMs, to: now }, now, stepMs);
    const steps = LEVELS.map(({ stepMs }) => stepMs);
    expect(chosen(HOUR)).toMatchObject({ level: { stepMs: steps[0] }, stepMs: 5_000 });
    expect(chosen(HOUR + 1)).toMatchObject({ level: { stepMs: steps[1] }, stepMs: 60_000 });
    expect(chosen(25 * HOUR)).toMatchObject({ level: { stepMs: steps[2] }, stepMs: HOUR });
    expect(chosen(10 * 365 * 24 * HOUR)).toMatchObject({ stepMs: HOUR });
    expect(chosen(HOUR, 7_000)).toMatchObject({ level: { stepMs: 5_000 }, stepMs: 10_000 });
    expect(chosen(HOUR, 90_000)).toMatchObject({ level: { stepMs: 60_000 }, stepMs: 120_000 });
    expect(chosen(HOUR, 1)).toMatchObject({ stepMs: 5_000 });
    for (const { keepMs, stepMs } of LEVELS) expect(keepMs / stepMs).toBeLessThan(POINTS_MAX);
  });
});
