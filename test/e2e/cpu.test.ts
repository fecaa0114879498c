/** The ceiling of the processor: a quota that Docker keeps, and a ratio that is measured where nobody can keep one. */
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { reachDocker } from '../../src/control-plane/engines/docker-daemon.js';
import type { Simulator } from '../../src/index.js';
import { containerOf, removeTraces, simulatorIdOf, whyNoDocker } from '../support/docker.js';
import { until } from '../support/raw-client.js';
import {
  redisOf,
  simulator,
  temporaryDirectory,
  type TemporaryDirectory,
} from '../support/simulator.js';

const whyNot = await whyNoDocker();
const READ_WITHIN_MS = 60_000;

describe('with the process engine', () => {
  let sim: Simulator;
  beforeEach(async () => {
    sim = await simulator();
  });
  afterEach(() => sim.close());

  test('a script that burns the processor is at the meter while it does, and gone from it after that', async () => {
    const instance = await sim.createInstance();
    using redis = redisOf(instance);
    await untilCpu(sim, 'nothing', (percent) => percent < 10);
    const burning = burn(redis);
    await untilCpu(sim, 'most of a processor', (percent) => percent > 50 && percent < 110);
    // It is measured, and nobody bounds it: what changes is what it is a share of.
    await sim.modifyInstanceCeilings({ id: 'r-1', cpu: 0.25 });
    await until('four times the share', async () => {
      await read(sim);
      return (await shareOf(sim)) > 150;
    });
    await sim.modifyInstanceCeilings({ id: 'r-1', cpu: 'off' });
    await read(sim);
    const { abuse, ceilings } = await sim.describeInstanceAttribute({ id: 'r-1' });
    expect(abuse.find(({ meter }) => meter === 'cpu')).toMatchObject({
      ...{ ceiling: 'no ceiling', share: null, level: 'fair' },
    });
    expect(ceilings.find(({ name }) => name === 'cpu')).toMatchObject({ value: null, set: 'off' });
    await burning.end();
    await untilCpu(sim, 'nothing again', (percent) => percent < 10);
  });

  test('load on demand burns about as much as it is told to', async () => {
    const { id } = await sim.createInstance();
    const made = async (cpu: number) => {
      const { load, clock } = await sim.loadInstance({ id, cpu, for: '4m' });
      expect(load).toMatchObject({ refused: 0, lost: 0, refusal: null });
      const from = new Date(Date.parse(clock.now) - 240_000).toISOString();
      const { points } = await sim.describeHistoryMonitorValues({ id, meters: 'CpuUsage', from });
      const read = points.filter((one) => one.load).map(({ values }) => values.CpuUsage ?? 0);
      return Math.max(...read);
    };
    const little = await made(15);
    expect(little).toBeGreaterThan(5);
    expect(little).toBeLessThan(25);
    // Of a machine that is busy with other things, Redis gets less than it is asked for, and never more.
    const much = await made(70);
    expect(much).toBeGreaterThan(little);
    expect(much).toBeLessThan(80);
  });
});

const leftOut = whyNot === null ? '' : `, LEFT OUT: ${whyNot}`;

describe.skipIf(whyNot !== null)(`with the Docker engine${leftOut}`, () => {
  let directory: TemporaryDirectory;
  let sim: Simulator;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    sim = await simulator({ engine: 'docker', dataDir: directory.path });
  });
  afterEach(async () => {
    await sim.close();
    await removeTraces(await simulatorIdOf(directory.path));
    await directory[Symbol.asyncDispose]();
  });

  /** In parts of a processor; null: none. The same container all the time. */
  async function quota(): Promise<number | null> {
    const docker = await reachDocker(undefined);
    const container = await containerOf(docker, await simulatorIdOf(directory.path), 'r-1');
    const { HostConfig, State } = await docker.getContainer(container).inspect();
    started ??= State.StartedAt;
    expect(State.StartedAt).toBe(started);
    const { CpuQuota, CpuPeriod } = HostConfig;
    return CpuQuota === undefined || CpuQuota <= 0 ? null : CpuQuota / (CpuPeriod ?? NaN);
  }
  let started: string | undefined;

  test('the quota of a running container is what the class, a hand, or the ladder says', async () => {
    const { id } = await sim.createInstance();
    expect(await quota()).toBe(1);
    await sim.modifyInstanceSpec({ id, instanceClass: 'tair.rdb.1g' });
    expect(await quota()).toBe(7);
    await sim.modifyInstanceCeilings({ id, cpu: 0.5 });
    expect(await quota()).toBe(0.5);
    await sim.injectReading({ id, values: 'CpuUsage=49.5', for: '3h' });
    await sim.advanceClock({ by: '1h' });
    expect(await quota()).toBe(0.25); // excessive: narrowed to half of itself
    await sim.injectReading({ id, values: 'CpuUsage=1', for: '3h' });
    await sim.advanceClock({ by: '1h' });
    expect(await quota()).toBe(0.5);
    await sim.modifyInstanceCeilings({ id, cpu: 'off' });
    expect(await quota()).toBe(null);
    await sim.modifyInstanceCeilings({ id, cpu: 'class' });
    expect(await quota()).toBe(7);
  });

  test('a script that would burn a whole processor gets its part of one, and stands at its ceiling', async () => {
    const instance = await sim.createInstance({ cpu: 0.2 });
    using redis = redisOf(instance);
    const burning = burn(redis);
    await untilCpu(sim, 'its part', (percent) => percent > 17 && percent < 25);
    expect(await shareOf(sim)).toBeGreaterThan(80);
    await sim.modifyInstanceCeilings({ id: 'r-1', cpu: 'off' });
    await untilCpu(sim, 'more than its part was', (percent) => percent > 40);
    await burning.end();
  });
});

/** Scripts, one after the other, of some milliseconds each: others are served in between. */
function burn(redis: Redis) {
  let isOver = false;
  const run = async () => {
    while (!isOver) await redis.eval('local n = 0 for i = 1, 5e5 do n = n + i end return n', 0);
  };
  const running = Promise.all([run(), run()]);
  running.catch(() => undefined); // told where it is ended
  return {
    async end() {
      isOver = true;
      await running;
    },
  };
}

/** An advance reads the meters. */
async function read(sim: Simulator): Promise<void> {
  await sim.advanceClock({ by: '1ms' });
}

async function untilCpu(
  sim: Simulator,
  what: string,
  isSo: (percent: number) => boolean,
): Promise<void> {
  await until(
    `the meter says ${what}`,
    async () => {
      await read(sim);
      const { points } = await sim.describeHistoryMonitorValues({ id: 'r-1', meters: 'CpuUsage' });
      const percent = points.at(-1)?.values.CpuUsage;
      return percent !== undefined && isSo(percent);
    },
    READ_WITHIN_MS,
  );
}

/** Of its ceiling, in percent. */
async function shareOf(sim: Simulator): Promise<number> {
  const { abuse } = await sim.describeInstanceAttribute({ id: 'r-1' });
  return abuse.find(({ meter }) => meter === 'cpu')?.share ?? 0;
}
