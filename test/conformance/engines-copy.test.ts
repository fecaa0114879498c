/** One suite for all engines: data is copied out and put back as it was, in one step, under its clients. */
import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { connectTo, specOf } from '../support/backends.js';
import { rowsIn } from '../support/command-rows.js';
import { EVERYTHING, Scene } from '../support/engine-scene.js';
import { ENGINES_OF_ALL_VERSIONS, type EngineUnderTest } from '../support/engines.js';

const BYTES_MAX = 64 * 2 ** 20;
const HOUR_MS = 3_600_000;

for (const engine of ENGINES_OF_ALL_VERSIONS) {
  describe.skipIf(engine.missing !== null)(engine.title, () => {
    suite(engine);
  });
}

function suite({ lab: newLab, ownsData }: EngineUnderTest): void {
  test('every type, encoding and database is put back over whatever there is by then', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine } = scene;
    for (const database of [0, 3]) {
      await redis.select(database);
      await redis.eval(EVERYTHING, 0, database === 0 ? '900' : '');
    }
    const before = await contents(redis);
    const copy = await engine.copyData('r-1', BYTES_MAX);
    expect(copy.keys).toBe(Object.keys(before).length);
    await redis.flushall();
    await redis.eval(
      "for db = 0, 15 do redis.call('SELECT', db) redis.call('SET', 'raw', db) end",
      0,
    );
    await engine.putDataBack('r-1', copy, 0);
    expect(await contents(redis)).toEqual(before);
    await engine.putDataBack('r-1', copy, 0);
    expect(await contents(redis)).toEqual(before);
  });

  test('expiries are so much later as is said, and what is over by then is gone', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine } = scene;
    await redis.set('day', 'x', 'PX', 24 * HOUR_MS);
    await redis.set('minute', 'x', 'PX', 60_000);
    await redis.set('far', 'x', 'PXAT', 9_999_999_999_000);
    const day = await redis.pexpiretime('day');
    const copy = await engine.copyData('r-1', BYTES_MAX);
    await engine.putDataBack('r-1', copy, HOUR_MS);
    expect(await redis.pexpiretime('day')).toBe(day + HOUR_MS);
    await engine.putDataBack('r-1', copy, -HOUR_MS);
    expect(await redis.pexpiretime('day')).toBe(day - HOUR_MS);
    expect(await redis.pexpiretime('far')).toBe(9_999_999_999_000 - HOUR_MS);
    expect(await redis.exists('minute')).toBe(0);
  });

  test('functions are put back, and keys and values of any bytes', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine } = scene;
    const [key, value] = [Buffer.from([0, 13, 10, 36, 255]), Buffer.from('\r\n-ERR\r\n$5\r\n')];
    await redis.set(key, value);
    await redis.function('LOAD', library('kept'));
    const copy = await engine.copyData('r-1', BYTES_MAX);
    await redis.function('LOAD', 'REPLACE', library('changed'));
    await redis.flushall();
    await engine.putDataBack('r-1', copy, 0);
    expect(await redis.fcall('tell', 0)).toBe('kept');
    expect(await redis.getBuffer(key)).toEqual(value);
  });

  test('many keys are put back over pages and types, with empty values, long ones, and ends of their own', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine } = scene;
    for (const database of [5, 0]) {
      await redis.select(database);
      await redis.eval(MANY_OF_ANY_BYTES, 0);
    }
    await redis.set('long', randomBytes(9_000_000));
    await redis.set('never', 'x', 'PXAT', '9223372036854775807');
    const before = await contents(redis);
    delete before['0 never']; // Lua's numbers are not exact so far off
    const copy = await engine.copyData('r-1', BYTES_MAX);
    expect(copy.keys).toBe(Object.keys(before).length + 1);
    await redis.flushall();
    await engine.putDataBack('r-1', copy, 0);
    const after = await contents(redis);
    expect(await redis.exists('never')).toBe(1);
    delete after['0 never'];
    expect(after).toEqual(before);
  });

  test('clients stay connected and blocked, hear nothing, and find what they watched changed', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine, backend } = scene;
    using waiting = connectTo(backend);
    using listening = connectTo(backend);
    await redis.set('key', 'old');
    await redis.config('SET', 'notify-keyspace-events', 'KEA');
    const heard: string[] = [];
    listening.on('pmessage', (_: string, channel: string) => heard.push(channel));
    await listening.psubscribe('__key*__:*');
    const copy = await engine.copyData('r-1', BYTES_MAX);
    const popped = waiting.blpop('queue', 0);
    await redis.watch('key');
    await engine.putDataBack('r-1', copy, 0);
    expect(await redis.multi().get('key').exec()).toBeNull();
    await redis.publish('__keyspace@0__:end', '');
    await redis.rpush('queue', 'element');
    expect(await popped).toEqual(['queue', 'element']);
    expect(heard[0]).toBe('__keyspace@0__:end');
    expect(await redis.config('GET', 'notify-keyspace-events')).toEqual([
      'notify-keyspace-events',
      'AKE',
    ]);
  });

  test('a frozen instance, and one that is over its ceiling, get their data back and stay as they are', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine } = scene;
    await redis.set('key', 'x'.repeat(100_000));
    const copy = await engine.copyData('r-1', BYTES_MAX);
    await redis.del('key');
    await engine.up(specOf('r-1', { writesRefused: true }));
    await redis.config('SET', 'maxmemory', '1', 'maxmemory-policy', 'noeviction');
    await engine.putDataBack('r-1', copy, 0);
    expect(await redis.strlen('key')).toBe(100_000);
    await expect(redis.set('key', 'y')).rejects.toThrow(/^(NOREPLICAS|OOM)/);
    expect(await redis.config('GET', 'maxmemory')).toEqual(['maxmemory', '1']);
    expect(ownsData).toBe(engine.ownsSettings);
  });

  test('it may be put into a backend that was made anew', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine } = scene;
    await redis.eval(EVERYTHING, 0, '900');
    const before = await contents(redis);
    const copy = await engine.copyData('r-1', BYTES_MAX);
    await engine.remove('r-1');
    using again = connectTo(await engine.up(specOf('r-1')));
    await engine.putDataBack('r-1', copy, 0);
    expect(await contents(again)).toEqual(before);
  });

  test('more data than there is room for is not copied, and the error says how much that is', async () => {
    await using scene = await Scene.open(newLab);
    await scene.redis.set('key', randomBytes(2000));
    await expect(scene.engine.copyData('r-1', 1000)).rejects.toThrow(
      'its data takes more than 1000 bytes',
    );
  });

  test('fields of hashes that expire are put back with their times, where Redis has them', async (context) => {
    await using scene = await Scene.open(newLab);
    const { redis, engine, backend } = scene;
    if (!rowsIn(backend.commands).some(({ name }) => name === 'hpexpire')) return context.skip();
    await redis.hset('hash', { soon: '1', late: '2', 'for ever': '3' });
    await redis.call('HEXPIRE', 'hash', 30, 'FIELDS', 1, 'soon');
    await redis.call('HEXPIRE', 'hash', 900, 'FIELDS', 1, 'late');
    const expiry = () => redis.call('HPEXPIRETIME', 'hash', 'FIELDS', 2, 'soon', 'late');
    const before = (await expiry()) as number[];
    const copy = await engine.copyData('r-1', BYTES_MAX);
    await redis.hdel('hash', 'soon', 'late');
    await engine.putDataBack('r-1', copy, HOUR_MS);
    expect(await expiry()).toEqual(before.map((at) => at + HOUR_MS));
    expect(await redis.hgetall('hash')).toEqual({ soon: '1', late: '2', 'for ever': '3' });
  });
}

/** Names of all bytes; of three keys one is a list, and of seven one ends, each at another time. */
const MANY_OF_ANY_BYTES = `
for at = 1, 3000 do
  local key = string.char(at % 256, 255 - at % 256) .. at
  local value = string.rep(string.char(at % 256), at % 40)
  if at % 3 == 0 then redis.call('RPUSH', key, value, '') else redis.call('SET', key, value) end
  if at % 7 == 0 then redis.call('PEXPIREAT', key, 4000000000000 + at) end
end`;

function library(word: string): string {
  return `#!lua name=lib\nredis.register_function('tell', function() return '${word}' end)`;
}

/** All there is, by value: tables of hashes and sets, and KEYS, have another order once they were put in anew. */
async function contents(redis: Redis): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (let database = 0; database < 16; database += 1) {
    await redis.select(database);
    for (const key of await redis.keysBuffer('*')) {
      const type = await redis.type(key);
      const read =
        UNORDERED[type] ?? (async (one: Redis) => (await one.dumpBuffer(key)).toString('latin1'));
      const value = await read(redis, key);
      found[`${String(database)} ${key.toString('latin1')}`] = [
        type,
        value,
        await redis.pexpiretime(key),
      ];
    }
  }
  await redis.select(0);
  return found;
}

const UNORDERED: Readonly<Record<string, (redis: Redis, key: Buffer) => Promise<unknown>>> = {
  hash: (redis, key) => redis.hgetall(key),
  set: async (redis, key) => (await redis.smembers(key)).sort(),
};
