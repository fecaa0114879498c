/** Load on demand: real commands through the endpoint, in virtual time, and what is left of it. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startSimulator, type Simulator } from '../../src/simulator.js';
import { command, RawClient, until } from '../support/raw-client.js';

let simulator: Simulator;
beforeEach(async () => {
  simulator = await startSimulator({ engine: 'process' });
});
afterEach(() => simulator.close());

async function keysOf(port: number | null): Promise<string> {
  await using client = await RawClient.connect(port ?? 0);
  return await client.ask('DBSIZE\r\n');
}

test('of bandwidth puts a frozen clock forward, is read as load, leads up the ladder, and leaves nothing', async () => {
  const { id, port } = await simulator.createInstance({ bandwidth: 0.5 });
  const answer = await simulator.loadInstance({ id, bandwidth: '30MB/s', for: '10m' });
  expect(answer.clock.now).toBe('2026-01-01T00:10:00Z');
  expect(answer.load).toMatchObject({ refused: 0, lost: 0, refusal: null });
  expect(answer.load.commands).toBeGreaterThan(0);
  const high = answer.events.filter(({ type }) => type === 'abuse-climbed');
  expect(high.map(({ data }) => [data.meter, data.level, data.injected])).toEqual(
    expect.arrayContaining([['bandwidthIn', 'high', 'false']]),
  );
  const { points } = await simulator.describeHistoryMonitorValues({ id });
  expect(points.filter(({ load }) => load).length).toBeGreaterThanOrEqual(10);
  expect(points.some(({ injected }) => injected)).toBe(false);
  // The last one is of a moment without it.
  expect(points.at(-1)).toMatchObject({ load: false, values: { ConnCount: 0 } });
  expect(await keysOf(port)).toBe(':0\r\n');
});

test('of memory is refused by Redis itself where there is no more, and is taken away', async () => {
  const { id, port } = await simulator.createInstance({ memory: 16 });
  const { load } = await simulator.loadInstance({ id, memory: '64MB', for: '1m' });
  expect(load.refusal).toContain('OOM command not allowed when used memory > ');
  expect(load.refused).toBeGreaterThan(0);
  const { points } = await simulator.describeHistoryMonitorValues({ id, meters: 'MemoryUsage' });
  expect(Math.max(...points.map(({ values }) => values.memoryUsage ?? 0))).toBeGreaterThan(90);
  expect(await keysOf(port)).toBe(':0\r\n');
});

test('of connections beyond the ceiling is refused in words, and of processor time is seen at its meter', async () => {
  const { id } = await simulator.createInstance({ connections: 20 });
  const { load } = await simulator.loadInstance({ id, connections: 30, cpu: 50, for: '1m' });
  expect(load.lost + load.refused).toBeGreaterThan(0);
  const { points } = await simulator.describeHistoryMonitorValues({ id });
  const under = points.filter((point) => point.load);
  expect(Math.max(...under.map(({ values }) => values.ConnCount ?? 0))).toBe(20);
  expect(Math.max(...under.map(({ values }) => values.CpuUsage ?? 0))).toBeGreaterThan(1);
});

test('is ended by whoever asks for it, and there is one at a time', async () => {
  const { id } = await simulator.createInstance();
  await simulator.runClock({ rate: 1 });
  const long = simulator.loadInstance({ id, commands: 10, for: '1d' });
  await expect(simulator.loadInstance({ id, commands: 10 })).rejects.toMatchObject({
    code: 'LoadUnderWay',
  });
  expect(await simulator.stopLoad({ id })).toEqual({ stopped: true });
  await long;
  expect(await simulator.stopLoad({ id })).toEqual({ stopped: false });
});

test('says what it needs: something to do, sizes with a unit, an instance in service', async () => {
  const { id } = await simulator.createInstance();
  const refused = (input: object) =>
    expect(simulator.loadInstance({ id, ...input })).rejects.toMatchObject({
      code: 'InvalidInput',
    });
  for (const input of [{}, { bandwidth: '30' }, { memory: '5MB/s' }, { cpu: 5, for: '0s' }]) {
    await refused(input);
  }
  await simulator.destroyInstance({ id });
  await expect(simulator.loadInstance({ id, cpu: 5 })).rejects.toMatchObject({
    code: 'IncorrectDBInstanceState',
  });
});

test('a client that works hard on a running clock is seen at the meters by itself', async () => {
  await simulator.runClock({ rate: 1 });
  const { id, port } = await simulator.createInstance();
  await using client = await RawClient.connect(port ?? 0);
  await until('its commands are told', async () => {
    await client.ask(command('SET', 'k', 'v'));
    const { points } = await simulator.describeHistoryMonitorValues({ id, meters: 'PutQps' });
    return points.some(({ values }) => (values.PutQps ?? 0) > 0);
  });
});
