/** One suite for all engines: data ages in one step, and nothing else of it changes. */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { connectTo, specOf } from '../support/backends.js';
import { rowsIn } from '../support/command-rows.js';
import { dump, EVERYTHING, Scene } from '../support/engine-scene.js';
import { ENGINES_OF_ALL_VERSIONS, type EngineUnderTest } from '../support/engines.js';
import { until } from '../support/raw-client.js';

const TEN_MINUTES_MS = 600_000;
const KEYS = 10_000;
const FULL_BYTES = 3 * 1024 * 1024;

for (const engine of ENGINES_OF_ALL_VERSIONS) {
  describe.skipIf(engine.missing !== null)(engine.title, () => {
    suite(engine);
  });
}

function suite({ lab: newLab, ownsData }: EngineUnderTest): void {
  test('ten minutes on, a key with 300 s left is gone, and one with 900 s has exactly 600 s less', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine } = scene;
    await redis.set('short', 'value', 'EX', 300);
    await redis.set('long', 'value', 'EX', 900);
    await redis.set('for ever', 'value');
    const before = await redis.pexpiretime('long');
    expect(await engine.age('r-1', TEN_MINUTES_MS)).toEqual({ keys: 2, fields: 0 });
    expect(await redis.exists('short')).toBe(0);
    expect(await redis.pexpiretime('long')).toBe(before - TEN_MINUTES_MS);
    expect(await redis.ttl('for ever')).toBe(-1);
    await engine.age('r-1', -TEN_MINUTES_MS);
    expect(await redis.pexpiretime('long')).toBe(before);
  });

  test(`each of ${String(KEYS)} keys in two databases is aged once, to the millisecond`, async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine } = scene;
    // Some are over already and not yet cleared away when the ageing meets them.
    for (const [database, over] of [
      [0, 'over:'],
      [15, 'key:'],
    ] as const) {
      await redis.select(database);
      await redis.eval(FILL, 0, 'key:', KEYS, Date.now() + 3_600_000);
      if (over === 'over:') await redis.eval(OVER_SOON, 0, over, 5 * KEYS);
    }
    const before = new Map<number, number[]>();
    for (const database of [0, 15]) before.set(database, await expiriesIn(redis, database));
    const began = Date.now();
    await until('some are over', () => Date.now() > began + 200);
    await engine.age('r-1', 1234);
    for (const database of [0, 15]) {
      const after = await expiriesIn(redis, database);
      expect(after).toEqual(before.get(database)?.map((expiry) => expiry - 1234));
    }
  });

  test('values, types, encodings, other databases and the order of keys stay as they are, and so do scripts', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine } = scene;
    for (const database of [0, 3]) {
      await redis.select(database);
      await redis.eval(EVERYTHING, 0, database === 0 ? '900' : '');
    }
    const sha = String(await redis.script('LOAD', 'return 1'));
    const before = await dump(redis);
    const config = await redis.config('GET', '*');
    await engine.age('r-1', TEN_MINUTES_MS);
    expect(await dump(redis)).toEqual(before);
    expect(await redis.config('GET', '*')).toEqual(config);
    expect(await redis.evalsha(sha, 0)).toBe(1);
  });

  test('whoever listens hears what is over, and nothing of the ageing', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine, backend } = scene;
    await redis.config('SET', 'notify-keyspace-events', 'AKE');
    using listener = connectTo(backend);
    const heard: string[] = [];
    await listener.psubscribe('__keyevent@*');
    listener.on('pmessage', (_, channel: string, key: string) => {
      heard.push(`${channel.split(':')[1] ?? ''} ${key}`);
    });
    await redis.set('short', 'value', 'PX', 300_000);
    await redis.set('long', 'value', 'PX', 900_000);
    await until('all is heard', () => heard.includes('expire long'));
    heard.length = 0;
    const expired = await expiredKeys(redis);
    await engine.age('r-1', TEN_MINUTES_MS);
    expect(await redis.get('short')).toBeNull();
    await until('the end is heard', () => heard.includes('expired short'));
    expect(heard).toEqual(['expired short']);
    expect(await expiredKeys(redis)).toBe(expired + 1);
  });

  test('data of an instance whose writes are refused ages too, and writes stay refused', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine } = scene;
    await redis.set('short', 'value', 'EX', 300);
    await redis.set('long', 'value', 'EX', 900);
    const before = await redis.pexpiretime('long');
    await engine.up(specOf('r-1', { writesRefused: true }));
    await engine.age('r-1', TEN_MINUTES_MS);
    expect(await redis.exists('short')).toBe(0);
    expect(await redis.pexpiretime('long')).toBe(before - TEN_MINUTES_MS);
    await expect(redis.set('key', 'value')).rejects.toThrow('NOREPLICAS');
  });

  test('a freeze in the middle of an ageing is not undone by it', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine } = scene;
    await redis.eval(FILL, 0, 'key:', KEYS, Date.now() + 3_600_000);
    const [, ...rest] = [
      engine.age('r-1', 1000),
      engine.up(specOf('r-1', { writesRefused: true })),
      engine.age('r-1', 1000),
    ];
    await Promise.all(rest);
    await expect(redis.set('key', 'value')).rejects.toThrow('NOREPLICAS');
  });

  test('data of an instance that is full ages too, and it stays full', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine } = scene;
    await redis.set('long', 'value', 'EX', 900);
    const before = await redis.pexpiretime('long');
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    await redis.set('ballast', 'x'.repeat(FULL_BYTES));
    await redis.config('SET', 'maxmemory', String(FULL_BYTES));
    await expect(redis.set('key', 'value')).rejects.toThrow('OOM');
    await engine.age('r-1', TEN_MINUTES_MS);
    expect(await redis.pexpiretime('long')).toBe(before - TEN_MINUTES_MS);
    await expect(redis.set('key', 'value')).rejects.toThrow('OOM');
  });

  test('a Redis that is killed after an ageing comes back with it', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine, backend } = scene;
    const lost: string[] = [];
    engine.onLost((id) => lost.push(id));
    await redis.set('long', 'value', 'EX', 900);
    const before = await redis.pexpiretime('long');
    await engine.age('r-1', TEN_MINUTES_MS);
    await scene.crash();
    await until('the loss is told', () => lost.length > 0);
    using again = connectTo(await engine.up(specOf('r-1')));
    expect(await again.pexpiretime('long')).toBe(before - TEN_MINUTES_MS);
    expect(backend.version).not.toBe('');
  });

  test('a witness tells whether an ageing took place; without expiries there is none', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine } = scene;
    await redis.set('for ever', 'value');
    expect(await engine.witness('r-1')).toBeNull();
    const key = Buffer.from([0, 255, 10, 13, 128]);
    await redis.select(7);
    await redis.set('short', 'value', 'EX', 300);
    await redis.set(key, 'value', 'EX', 900);
    const witness = await engine.witness('r-1');
    const expiresAt = Number(await redis.call('PEXPIRETIME', key));
    expect(witness).toEqual({ database: 7, key: key.toString('base64'), field: null, expiresAt });
    if (!witness) return;
    expect(await engine.expiryOf('r-1', witness)).toBe(expiresAt);
    await engine.age('r-1', TEN_MINUTES_MS);
    expect(await engine.expiryOf('r-1', witness)).toBe(expiresAt - TEN_MINUTES_MS);
    await redis.del(key);
    expect(await engine.expiryOf('r-1', witness)).toBeNull();
  });

  test('fields of hashes age where Redis lets them expire', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine, backend } = scene;
    await redis.hset('hash', { short: '1', long: '2', 'for ever': '3' });
    const expire = ['HPEXPIRE', 'hash', '900000', 'FIELDS', '1', 'long'] as const;
    if (!rowsIn(backend.commands).some(({ name }) => name === 'hpexpire')) {
      await expect(redis.call(...expire)).rejects.toThrow('unknown command');
      return;
    }
    await redis.call(...expire);
    await redis.call('HPEXPIRE', 'hash', '300000', 'FIELDS', '1', 'short');
    const expiry = () => redis.call('HPEXPIRETIME', 'hash', 'FIELDS', '1', 'long');
    const [before] = (await expiry()) as number[];
    const witness = await engine.witness('r-1');
    expect(witness?.field).toBe(Buffer.from('long').toString('base64'));
    expect(await engine.age('r-1', TEN_MINUTES_MS)).toEqual({ keys: 0, fields: 2 });
    expect(await expiry()).toEqual([Number(before) - TEN_MINUTES_MS]);
    expect(witness && (await engine.expiryOf('r-1', witness))).toBe(
      Number(before) - TEN_MINUTES_MS,
    );
    expect(await redis.hgetall('hash')).toEqual({ long: '2', 'for ever': '3' });
  });

  test('of a backend that is not up nothing is said to be done', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    const nobody = `r-${randomUUID()}`;
    await expect(engine.age(nobody, 1)).rejects.toThrow('it is not up');
    await expect(engine.witness(nobody)).rejects.toThrow('it is not up');
    expect(ownsData).toBe(engine.ownsSettings);
  });
}

/** ARGV: a prefix, how many, and when the first of them ends. */
const FILL = `
  for at = 1, ARGV[2] do redis.call('SET', ARGV[1] .. at, 'value', 'PXAT', ARGV[3] + at) end`;

/** The same, all of them over in a tenth of a second. */
const OVER_SOON = `
  for at = 1, ARGV[2] do redis.call('SET', ARGV[1] .. at, 'value', 'PX', 100) end`;

/** Of the keys `key:1` and so on. */
async function expiriesIn(redis: Redis, database: number): Promise<number[]> {
  await redis.select(database);
  const script = `
    local found = {}
    for at = 1, ARGV[1] do found[at] = redis.call('PEXPIRETIME', 'key:' .. at) end
    return found`;
  return (await redis.eval(script, 0, KEYS)) as number[];
}

async function expiredKeys(redis: Redis): Promise<number> {
  return Number(/expired_keys:(\d+)/.exec(await redis.info('stats'))?.[1]);
}
