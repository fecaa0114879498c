/** Every ceiling of clause 3.1.3.7 met by a real client on a real Redis, and the ladder climbed by a real load. */
import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { DAY_MS } from '../../src/control-plane/core/duration.js';
import type { Simulator } from '../../src/index.js';
import { command, RawClient, until } from '../support/raw-client.js';
import { lastRefusal } from '../support/refusal.js';
import { redisOf, simulator } from '../support/simulator.js';

/** Flows are measured over a second and more; a machine may be busy. */
const READ_WITHIN_MS = 60_000;
const KILOBYTE = Buffer.alloc(1024, 'x');
const OOM = "OOM command not allowed when used memory > 'maxmemory'.";

describe('memory', () => {
  test('is filled to the brim: what can be evicted goes, then writes are refused in the words of Redis, and reads pass', async () => {
    await using sim = await simulator();
    const instance = await sim.createInstance({ memory: 8 });
    using redis = redisOf(instance);
    // By default, only what has an expiry may go.
    for (let n = 0; n < 8_000; n += 1) void redis.set(`volatile:${String(n)}`, KILOBYTE, 'EX', 999);
    await redis.ping();
    expect(Number(await statistic(redis, 'evicted_keys'))).toBeGreaterThan(0);
    const refused = await filled(redis, 'kept');
    expect(refused).toBe(OOM);
    expect(await redis.get('kept:0')).toHaveLength(KILOBYTE.length);
    expect(await redis.exists('volatile:7999')).toBe(0);
    expect(await redis.eval("return redis.call('GET', 'kept:0')", 1, 'kept:0')).not.toBe(null);
    expect(await redis.del('kept:0', 'kept:1')).toBe(2);

    // More memory at once, then as much as the machine has, then no less than what is in use.
    await sim.modifyInstanceCeilings({ id: instance.id, memory: 16 });
    expect(await redis.set('kept:0', KILOBYTE)).toBe('OK');
    await sim.modifyInstanceCeilings({ id: instance.id, memory: 'off' });
    for (let n = 0; n < 20; n += 1) await redis.set(`big:${String(n)}`, Buffer.alloc(1024 ** 2));
    const less = sim.modifyInstanceCeilings({ id: instance.id, memory: 12 });
    expect(await lastRefusal(less)).toMatchObject({ code: 'TargetMemoryLessThanCurrentUsed' });
    await redis.flushall();
    const { ceilings } = await sim.modifyInstanceCeilings({ id: instance.id, memory: 'class' });
    expect(ceilings.find(({ name }) => name === 'memory')).toMatchObject({
      ...{ value: 1024, unit: 'MB', set: 'by class' },
    });
  });
});

describe('connections', () => {
  test('beyond the ceiling are refused with its text; a wider one lets the next in, and off lets in all', async () => {
    await using sim = await simulator();
    const instance = await sim.createInstance({ connections: 2 });
    const { id } = instance;
    const first = async () => {
      const client = await RawClient.connect(instance.port ?? 0);
      client.send(command('PING'));
      return { client, line: await client.takeLine() };
    };
    const clients: RawClient[] = [];
    const lines: string[] = [];
    const open = async (count: number) => {
      for (let n = 0; n < count; n += 1) {
        const { client, line } = await first();
        clients.push(client);
        lines.push(line);
      }
    };
    await open(3);
    expect(lines).toEqual(['+PONG', '+PONG', '-ERR max number of clients reached']);
    await sim.modifyInstanceCeilings({ id, connections: 3 });
    await open(2);
    expect(lines.slice(3)).toEqual(['+PONG', '-ERR max number of clients reached']);
    await sim.modifyInstanceCeilings({ id, connections: 'off' });
    await open(10);
    expect(lines.slice(5)).toEqual(Array(10).fill('+PONG'));
    for (const client of clients) await client[Symbol.asyncDispose]();
    const said = await sim.listEvents({ type: 'ceilings-changed' });
    expect(said.events.map(({ text, clause }) => [text, clause])).toEqual([
      [`ceilings of ${id}: connections 3 clients`, '3.1.3.7'],
      [`ceilings of ${id}: connections off`, '3.1.3.7'],
    ]);
  });
});

describe('new connections', () => {
  test('beyond the ceiling of a second wait for their turn, and are not refused; off and class let them in at once', async () => {
    await using sim = await simulator();
    const { id, port } = await sim.createInstance({ newConnections: 4 });
    /** How long (ms) it takes until so many new clients are served. */
    const served = async (count: number) => {
      const begun = performance.now();
      const clients = await Promise.all(
        Array.from({ length: count }, () => RawClient.connect(port ?? 0)),
      );
      for (const client of clients) client.send(command('PING'));
      for (const client of clients) expect(await client.takeLine()).toBe('+PONG');
      for (const client of clients) await client[Symbol.asyncDispose]();
      return performance.now() - begun;
    };
    // Four at once, then one each quarter of a second; a busy machine takes longer, never shorter.
    expect(await served(8)).toBeGreaterThan(990);
    await sim.modifyInstanceCeilings({ id, newConnections: 'off' });
    // At the old ceiling it would take a quarter of a minute.
    expect(await served(64)).toBeLessThan(10_000);
    const { ceilings } = await sim.modifyInstanceCeilings({ id, newConnections: 'class' });
    expect(ceilings.find(({ name }) => name === 'newConnections')).toMatchObject({
      ...{ value: 10_000, unit: 'clients/s', set: 'by class' },
    });
    expect(await served(64)).toBeLessThan(10_000);
  });

  test('that wait for their turn are let in when the ceiling is switched off, and so is what waits for bandwidth', async () => {
    await using sim = await simulator();
    const { id, port } = await sim.createInstance({ newConnections: 1, bandwidth: 0.001 });
    await using first = await RawClient.connect(port ?? 0);
    const value = 'x'.repeat(256 * 1024);
    first.send(command('SET', 'big', value), command('PING'));
    const others = await Promise.all(
      Array.from({ length: 60 }, () => RawClient.connect(port ?? 0)),
    );
    for (const client of others) client.send(command('PING'));
    const begun = performance.now();
    await sim.modifyInstanceCeilings({ id, newConnections: 'off', bandwidth: 'off' });
    expect([await first.takeLine(), await first.takeLine()]).toEqual(['+OK', '+PONG']);
    for (const client of others) expect(await client.takeLine()).toBe('+PONG');
    // A minute for the last of them, and four for the value, as it was before.
    expect(performance.now() - begun).toBeLessThan(20_000);
    for (const client of others) await client[Symbol.asyncDispose]();
  });
});

describe('the ladder', () => {
  /** Reached within half an hour of one reading. */
  const STRICT = {
    extends: 'tos',
    name: 'strict',
    abuse: {
      high: { after: '1m', cpu: 40, bandwidthOut: 60 },
      excessive: { after: '5m', cpu: 40, bandwidthOut: 60 },
      abusive: { after: '20m', cpu: 40, bandwidthOut: 60 },
      falls: { after: '2m' },
    },
  };

  test('is climbed by a client that saturates its bandwidth, step by step to a suspension, and left by an answer', async () => {
    await using sim = await simulator();
    await sim.addTerms({ terms: STRICT });
    const instance = await sim.createInstance({ terms: 'strict', bandwidth: 4 });
    const { id } = instance;
    using redis = redisOf(instance);
    await redis.set('big', randomBytes(256 * 1024));
    const load = loading(() => redis.get('big'));
    await untilRead(sim, id, 'bandwidthOut', 80);
    await sim.advanceClock({ by: '25m' });
    const shown = await sim.describeInstanceAttribute({ id });
    expect(shown.reads).toBe("DISABLE You can't write or read against a disable instance");
    expect(shown.suspensions).toMatchObject([
      { liftedBy: 'abuse answer ab-1', clause: '3.1.3.12' },
    ]);
    expect(shown.ceilings.find(({ name }) => name === 'bandwidth')?.narrowed).toEqual([
      'bandwidthOut to 50 % (ab-1)',
    ]);
    // What was on its way is delayed, not refused.
    await until('a client is refused', () => load.lastError() !== '', READ_WITHIN_MS);
    await load.end();
    expect(load.lastError()).toBe("DISABLE You can't write or read against a disable instance");
    const { events } = await sim.listEvents({ type: 'abuse-climbed' });
    expect(events.map(({ data }) => [data.meter, data.level, data.injected])).toEqual([
      ['bandwidthOut', 'high', 'false'],
      ['bandwidthOut', 'excessive', 'false'],
      ['bandwidthOut', 'abusive', 'false'],
    ]);
    await sim.answerAbuse({ abuse: 'ab-1', text: 'it was a test' });
    expect(await redis.strlen('big')).toBe(256 * 1024);
    await untilRead(sim, id, 'bandwidthOut', 0, 20);
    await sim.advanceClock({ by: '10m' });
    const after = await sim.describeInstanceAttribute({ id });
    expect(after.abuse.map(({ level }) => level)).toEqual(['fair', 'fair', 'fair', 'fair']);
    expect(after.ceilings.flatMap(({ narrowed }) => narrowed)).toEqual([]);
  });

  test('is climbed by a script that burns the processor', async () => {
    await using sim = await simulator();
    await sim.addTerms({ terms: STRICT });
    // A part of a processor, so that a machine that is busy with other things has enough of it.
    const instance = await sim.createInstance({ terms: 'strict', cpu: 0.2 });
    const { id } = instance;
    using redis = redisOf(instance);
    const load = loading(() =>
      redis.eval('local n = 0 for i = 1, 5e5 do n = n + i end return n', 0),
    );
    await untilRead(sim, id, 'cpu', 60);
    await sim.advanceClock({ by: '6m' });
    const shown = await sim.describeInstanceAttribute({ id });
    expect(shown.abuse.find(({ meter }) => meter === 'cpu')).toMatchObject({ level: 'excessive' });
    expect(shown.ceilings.find(({ name }) => name === 'cpu')?.narrowed).toEqual([
      'cpu to 50 % (ab-1)',
    ]);
    await load.end();
    const { notices } = await sim.listNotices({});
    expect(notices.map(({ kind, clause }) => [kind, clause])).toEqual([
      ['load-high', '3.1.3.7'],
      ['load-excessive', '3.1.3.7'],
    ]);
  });

  test('is climbed by injected readings over virtual days, and told as such', async () => {
    await using sim = await simulator();
    const { id } = await sim.createInstance();
    await sim.injectReading({ id, values: 'CpuUsage=99', for: '3d' });
    await sim.advanceClock({ by: '2d' });
    const shown = await sim.describeInstanceAttribute({ id });
    expect(shown.suspensions).toHaveLength(1);
    const { events } = await sim.listEvents({ type: 'abuse-climbed' });
    const begin = Date.parse(events[0]?.at ?? '');
    expect(
      events.map(({ at, data }) => [Date.parse(at) - begin, data.level, data.injected]),
    ).toEqual([
      [0, 'high', 'true'],
      [55 * 60_000, 'excessive', 'true'],
      [DAY_MS - 5 * 60_000, 'abusive', 'true'],
    ]);
  });
});

/** Writes until it is refused. Returns the refusal. */
async function filled(redis: Redis, prefix: string): Promise<string> {
  for (let n = 0; n < 20_000; n += 1) {
    try {
      await redis.set(`${prefix}:${String(n)}`, KILOBYTE);
    } catch (error) {
      return (error as Error).message;
    }
  }
  return 'it was never refused';
}

async function statistic(redis: Redis, name: string): Promise<string | undefined> {
  return new RegExp(`${name}:(\\d+)`).exec(await redis.info('stats'))?.[1];
}

/** Again and again, until it is ended. */
function loading(work: () => Promise<unknown>) {
  let isOver = false;
  let problem = '';
  const run = async () => {
    while (!isOver) {
      await work().catch((error: unknown) => {
        problem = (error as Error).message;
      });
    }
  };
  const running = Promise.all([run(), run()]);
  return {
    lastError: () => problem,
    async end() {
      isOver = true;
      await running;
    },
  };
}

/** An advance reads the meters, over a second of real time and more: until the load of a meter is between the two (percent). */
async function untilRead(
  sim: Simulator,
  id: string,
  meter: string,
  least: number,
  most = Infinity,
): Promise<void> {
  const what = `${meter} is read between ${String(least)} and ${String(most)} %`;
  await until(
    what,
    async () => {
      await sim.advanceClock({ by: '1ms' });
      const { abuse } = await sim.describeInstanceAttribute({ id });
      const share = abuse.find((one) => one.meter === meter)?.share;
      return typeof share === 'number' && share >= least && share <= most;
    },
    READ_WITHIN_MS,
  );
}
