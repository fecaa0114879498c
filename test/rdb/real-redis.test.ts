/** What a real Redis writes, taken apart and compared with what it says of itself. */
import { buffer } from 'node:stream/consumers';
import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { rdbFrom } from '../../src/control-plane/engines/rdb-dump.js';
import { EVERYTHING } from '../support/everything.js';
import { digestOf, payloadOf, readRdb } from '../support/rdb.js';
import { RealRedis } from '../support/real-redis.js';
import { byteByByte, someSplits } from '../support/splits.js';

test('every key is there with its database, its expiry, and byte for byte the payload that DUMP gives', async () => {
  await using redis = await RealRedis.start();
  const { control } = redis;
  await fill(control);
  const file = await rdbOf(redis);
  const { keys, version, libraries, aux } = readRdb([file]);
  let seen = 0;
  for (let database = 0; database < 16; database += 1) {
    await control.select(database);
    for (const name of await control.keysBuffer('*')) {
      const found = keys.find((key) => key.database === database && key.name.equals(name));
      const payload = await control.dumpBuffer(name);
      expect(found && payloadOf(found, version), name.toString()).toEqual(payload);
      const expiry = Number(await control.call('PEXPIRETIME', name));
      expect(found?.expiresAt, name.toString()).toBe(expiry < 0 ? null : BigInt(expiry));
      seen += 1;
    }
  }
  expect(seen).toBe(keys.length);
  expect(seen).toBeGreaterThan(40);
  expect(libraries).toEqual([LIBRARY]);
  expect(aux.get('redis-ver')).toMatch(/^7\.|^8\./);
});

test('however it is cut, the same comes of it, and nothing is lost or twice', async () => {
  await using redis = await RealRedis.start();
  await fill(redis.control);
  const file = await rdbOf(redis);
  const whole = readRdb([file]);
  expect(whole.bytes.equals(file)).toBe(true);
  const right = digestOf(whole);
  for (const pieces of someSplits(file, 50)) expect(digestOf(readRdb(pieces))).toBe(right);
  expect(digestOf(readRdb(byteByByte(file)))).toBe(right);
});

const LIBRARY = `#!lua name=counting
redis.register_function('count', function() return 1 end)`;

async function fill(redis: Redis): Promise<void> {
  for (const database of [0, 5, 15]) {
    await redis.select(database);
    await redis.eval(EVERYTHING, 0, database === 5 ? '900' : '');
  }
  await redis.call('FUNCTION', 'LOAD', LIBRARY);
}

async function rdbOf({ control, address }: RealRedis): Promise<Buffer> {
  await control.config('SET', 'repl-diskless-sync-delay', '0');
  return buffer(await rdbFrom(address));
}
