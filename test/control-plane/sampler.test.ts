/** When meters are read, what is kept of it, and what somebody says in their place. */
import { describe, expect, test } from 'vitest';
import { formatInstant } from '../../src/control-plane/core/duration.js';
import type { MeterValues } from '../../src/control-plane/core/meters.js';
import { FakeWorld, START } from '../support/fake-world.js';

const MINUTE = 60_000;
const NOTHING_COUNTED = {
  ...{ usedBytes: 0, keys: 0, expires: 0, expiredKeys: 0, evictedKeys: 0, hits: 0, misses: 0 },
};
const NOTHING_PASSED = {
  refusals: [],
  retries: 0,
  recoveryMs: null,
  ...{ instanceId: 'r-1', connections: 0, bytesIn: 0, bytesOut: 0, reads: 0, writes: 0, others: 0 },
  ...{ refusedCommands: 0, newConnections: 0, refusedConnections: 0 },
  ...{ latencies: [], latencySum: 0 },
};

function hold(world: FakeWorld, keys: number, id = 'r-1'): void {
  world.engine.counted.set(id, { cpuSeconds: 0, info: { ...NOTHING_COUNTED, keys } });
}

function inject(world: FakeWorld, values: MeterValues, forMs: number) {
  const { controlPlane } = world;
  return controlPlane.inTurn(() =>
    controlPlane.sampler.inject('r-1', values, controlPlane.clock.now() + forMs),
  );
}

/** `00:05 CpuUsage 95 injected`, for each point of five seconds; or of the level that is asked for. */
function history(world: FakeWorld, name: keyof MeterValues, stepMs = 5_000, id = 'r-1'): string[] {
  const range = { instanceId: id, stepMs, from: 0, to: Infinity };
  return world.store.meters.points(range).map(({ at, values, injected }) => {
    const time = formatInstant(at).slice(11, 16);
    return `${time} ${String(values[name] ?? '-')}${injected ? ' injected' : ''}`;
  });
}

describe('an advance', () => {
  test('reads the meters when time begins to move and when it has moved, at their virtual times', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    hold(world, 3);
    await world.advance('5m');
    hold(world, 8);
    await world.advance('30m');
    expect(history(world, 'Keys')).toEqual(['00:00 3', '00:05 8', '00:35 8']);
    expect(world.controlPlane.sampler.latest('r-1')).toMatchObject({
      ...{ at: START + 35 * MINUTE, injected: false, load: false },
      values: { Keys: 8 },
    });
  });

  test('reads those whose Redis runs, and none that is gone', async () => {
    await using world = await FakeWorld.open();
    for (const id of ['r-1', 'r-2']) {
      await world.create();
      hold(world, 1, id);
    }
    await world.delete('r-1');
    await world.advance('5m');
    expect(history(world, 'Keys', 5_000, 'r-1')).toEqual([]);
    expect(history(world, 'Keys', 5_000, 'r-2')).toEqual(['00:00 1', '00:05 1']);
    expect(world.controlPlane.sampler.latest('r-1')).toBe(undefined);
  });

  test('of a year with hourly bills asks the outside a few times, and not for each bill', async () => {
    await using world = await FakeWorld.open({ balance: '100000' });
    await world.create();
    let asked = 0;
    const { engine } = world;
    const counts = engine.counts.bind(engine);
    engine.counts = (id) => {
      asked += 1;
      return counts(id);
    };
    const begun = performance.now();
    await world.advance('365d');
    expect(asked).toBeGreaterThanOrEqual(2);
    // Once a second on the way, whatever this machine takes for it.
    expect(asked).toBeLessThanOrEqual(3 + (performance.now() - begun) / 1000);
  });

  test('goes on where an engine or the data plane cannot be read', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    world.engine.counts = () => Promise.reject(new Error('no answer'));
    world.dataPlane.traffic = () => Promise.reject(new Error('it has ended'));
    await world.advance('2h');
    expect(world.balance()).toBe('99.58');
    expect(history(world, 'Keys')).toEqual(['02:00 -']);
  });

  test('tells connections of the endpoint beside what the engine counts', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    world.dataPlane.passed.set('r-1', { ...NOTHING_PASSED, connections: 2_500 });
    await world.advance('1m');
    const reading = world.controlPlane.sampler.latest('r-1');
    expect(reading?.values).toMatchObject({ ConnCount: 2_500, connectionUsage: 25 });
  });
});

describe('what is injected', () => {
  test('is said in place of what is measured until its time is over, in the middle of an advance, and marked', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    hold(world, 1);
    await inject(world, { Keys: 99 }, 10 * MINUTE);
    await world.advance('5m');
    await world.advance('20m');
    expect(history(world, 'Keys')).toEqual([
      '00:00 99 injected',
      '00:05 99 injected',
      '00:10 1',
      '00:25 1',
    ]);
    expect(history(world, 'Keys', 3_600_000)).toEqual(['00:00 1 injected']);
  });

  test('brings its ratio along, unless the ratio is said, too', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    const first = await inject(world, { InFlow: 5 * 1024 }, MINUTE);
    expect(first.values).toMatchObject({ InFlow: 5 * 1024, intranetInRatio: 50 });
    const second = await inject(world, { intranetInRatio: 7 }, MINUTE);
    expect(second.values).toMatchObject({ InFlow: 5 * 1024, intranetInRatio: 7 });
  });

  test('outlives a restart and a crash', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    hold(world, 1);
    await inject(world, { Keys: 99 }, 10 * MINUTE);
    await world.restart();
    await world.advance('5m');
    await world.crash();
    await world.advance('1m');
    await world.advance('10m');
    expect(history(world, 'Keys')).toEqual([
      ...['00:00 99 injected', '00:05 99 injected', '00:06 99 injected'],
      ...['00:10 1', '00:16 1'],
    ]);
  });

  test('is of no concern to what somebody else does, and of none at all after a reset', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    await inject(world, { CpuUsage: 50 }, 10 * MINUTE);
    const before = world.events().length;
    await world.advance('1m');
    expect(world.events().length).toBe(before);
    await world.controlPlane.reset();
    await world.create();
    await world.advance('1m');
    expect(world.controlPlane.sampler.latest('r-2')?.injected).toBe(false);
  });

  test('leads up the ladder of 3.1.3.7 as if it had been measured, and down again when it is over', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    await inject(world, { CpuUsage: 90 }, 20 * MINUTE);
    await world.advance('2h');
    const steps = world.events().filter(({ type }) => type.startsWith('abuse-'));
    expect(steps.map(({ at, type, data }) => [(at - START) / MINUTE, type, data.level])).toEqual([
      [5, 'abuse-climbed', 'high'],
      // It is over after 20 minutes, and half an hour of nothing is what leads down, whatever can be measured then.
      [50, 'abuse-fell', 'fair'],
    ]);
    expect(steps[0]?.text).toContain('cpu of r-1 is high (90 %');
    expect(steps[0]?.data.injected).toBe('true');
  });

  test('is over at its end for the ladder, too, where nothing can be measured in its place', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    world.engine.counts = () => Promise.reject(new Error('no answer'));
    await inject(world, { CpuUsage: 99, memoryUsage: 130 }, 50 * MINUTE);
    await world.advance('3d');
    const levels = world
      .events()
      .flatMap(({ type, data }) => (type.startsWith('abuse') ? [data.level] : []));
    expect(levels).toEqual(['high', 'high', 'fair', 'fair']);
  });
});
