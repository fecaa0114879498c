/** Locks, the recycle bin and own terms through a live simulator with a real Redis, as customers do it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { frostgate, frostgateAt } from '../support/cli.js';
import { redisOf, simulator, temporaryDirectory } from '../support/simulator.js';

const WRITE_SCRIPT = "return redis.call('SET', KEYS[1], 'scripted')";
const READ_SCRIPT = "return redis.call('GET', KEYS[1])";

/** On every path, in these words; and nothing was written. */
async function refusesWrites(redis: Redis, words: string): Promise<void> {
  await expect(redis.set('key', 'other')).rejects.toThrow(words);
  await expect(redis.eval(WRITE_SCRIPT, 1, 'key')).rejects.toThrow(words);
  await expect(redis.multi().set('key', 'other').exec()).rejects.toThrow('EXECABORT');
  const inScript = await redis.multi().eval(WRITE_SCRIPT, 1, 'key').exec();
  expect(inScript?.[0]?.[0]?.message).toContain(words);
  expect(await redis.get('key')).toBe('value');
  expect(await redis.eval(READ_SCRIPT, 1, 'key')).toBe('value');
}

describe('a write lock', () => {
  test('refuses writes on every path and lets reads pass, on connections that are open, until it is taken off', async () => {
    await using sim = await simulator();
    const run = frostgateAt(sim.apiUrl);
    const redis = redisOf(await sim.createInstance());
    try {
      await redis.set('key', 'value');
      await run('instance', 'lock', 'r-1', '--lock-reason', 'a migration');
      await refusesWrites(redis, "READONLY You can't write against a read only instance");
      await run('instance', 'unlock', 'r-1');
      expect(await redis.eval(WRITE_SCRIPT, 1, 'key')).toBe('OK');
    } finally {
      redis.disconnect();
    }
  });

  test('gives way to the words of a freeze, and is there again when that is over', async () => {
    await using sim = await simulator();
    const redis = redisOf(await sim.createInstance());
    try {
      await redis.set('key', 'value');
      await sim.lockDBInstanceWrite({ id: 'r-1', lockReason: 'a migration' });
      await sim.setAccountBalance({ balance: '0' });
      await sim.advanceClock({ by: '26h' });
      await refusesWrites(redis, "NOWRITE You can't write against a non-write redis");
      await sim.topUpAccount({ amount: '100' });
      await refusesWrites(redis, "READONLY You can't write against a read only instance");
    } finally {
      redis.disconnect();
    }
  });
});

test('disabled under cn-site: connections are accepted, and reads and writes are refused', async () => {
  await using sim = await simulator();
  const redis = redisOf(await sim.createInstance({ terms: 'cn-site' }));
  try {
    await redis.set('key', 'value');
    await sim.setAccountBalance({ balance: '0' });
    await sim.advanceClock({ by: '26h' });
    await expect(redis.get('key')).rejects.toThrow('NOREAD');
    await expect(redis.set('key', 'other')).rejects.toThrow('NOWRITE');
    await sim.topUpAccount({ amount: '100' });
    expect(await redis.get('key')).toBe('value');
  } finally {
    redis.disconnect();
  }
});

test('what was released is rebuilt into a new instance with all of its data, also after a restart', async () => {
  await using directory = await temporaryDirectory();
  const options = { dataDir: directory.path, engine: 'process' } as const;
  {
    await using sim = await simulator(options);
    const redis = redisOf(await sim.createInstance());
    await redis.set('key', 'value');
    await redis.set('short', 'ends in the bin', 'EX', 300);
    await redis.set('long', 'goes on', 'EX', 900);
    redis.disconnect();
    await sim.deleteInstance({ id: 'r-1' });
    await sim.advanceClock({ by: '5m' });
    expect((await sim.describeInstances()).instances).toEqual([]);
  }
  await using sim = await simulator(options);
  const { instances } = await sim.describeRecycleBin();
  expect(instances.map(({ id, state, url }) => ({ id, state, url }))).toEqual([
    { id: 'r-1', state: 'released', url: null },
  ]);
  await sim.advanceClock({ by: '5m' });
  const rebuilt = await sim.rebuildInstance({ id: 'r-1', name: 'again' });
  expect(rebuilt).toMatchObject({ id: 'r-2', name: 'again', state: 'active' });
  const redis = redisOf(rebuilt);
  try {
    expect(await redis.get('key')).toBe('value');
    // In the bin, too, keys live as long as virtual time says.
    expect([await redis.get('short'), await redis.ttl('long')]).toEqual([null, 300]);
    await sim.destroyInstance({ id: 'r-2' });
    const all = (await sim.describeInstances({ all: true })).instances;
    expect(all.map(({ id, state }) => `${id} ${state}`)).toEqual(['r-1 deleted', 'r-2 deleted']);
  } finally {
    redis.disconnect();
  }
});

test('own terms are checked without a simulator, added, shown, sold and announced by commands', async () => {
  await using directory = await temporaryDirectory();
  const file = join(directory.path, 'mine.json');
  const grace = { lasts: '3d' };
  await writeFile(
    file,
    JSON.stringify({ extends: 'tos', name: 'mine', course: { PostPaid: { grace } } }),
  );
  const wrong = join(directory.path, 'wrong.json');
  await writeFile(
    wrong,
    JSON.stringify({ extends: 'tos', name: 'mine', order: { voidAfter: '3x' } }),
  );
  expect(await frostgate(['terms', 'check', file])).toMatchObject({ code: 0 });
  const mistakes = await frostgate(['terms', 'check', wrong]);
  expect([mistakes.code, mistakes.stdout]).toEqual([
    1,
    'order.voidAfter: "3x" is not a span of time. Give one such as 24h, 7d, "7 natural days", or 0 for not at all\n',
  ]);
  await using sim = await simulator();
  const run = frostgateAt(sim.apiUrl);
  expect((await run('terms', 'add', wrong)).stderr).toContain(
    'these terms are not possible: order.voidAfter',
  );
  expect((await run('terms', 'add', file)).stdout).toMatch(/PostPaid +overdue +3d +pass +pass/);
  expect((await run('instance', 'create', '--terms', 'mine')).code).toBe(0);
  const conditions = '{"course":{"PostPaid":{"grace":{"lasts":"72h"}}}}';
  expect((await run('instance', 'create', '--conditions', conditions)).code).toBe(0);
  const agreed = await sim.describeInstanceAttribute({ id: 'r-2' });
  expect(agreed.conditions).toEqual(JSON.parse(conditions));
  expect((await run('terms', 'show', agreed.terms)).stdout).toContain('agreed in an order');
  expect((await run('terms', 'list')).stdout).toMatch(/^mine +mine-\w+ +1/m);
  const early = await run('terms', 'announce', 'cn-site', '--effective', '29d');
  expect(early.stderr).toContain('The earliest is 2026-01-31T00:00:00Z');
  expect((await run('terms', 'announce', 'cn-site', '--effective', '30d')).code).toBe(0);
  expect((await run('terms', 'announcements')).stdout).toContain('r-1, r-2');
  await sim.topUpAccount({ amount: '1000' });
  const plan = await run('instance', 'plan', 'r-1');
  expect(plan.stdout).toContain('r-1 goes on under the terms cn-site');
});
